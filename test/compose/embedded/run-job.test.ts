import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  connectBroker,
  defineRunner,
  openBroker,
  type EmbeddedBroker,
} from '../../../src/index.ts';
import { served } from '../../helpers/served.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

/** Gives back its input in upper case; some inputs make it fail, or wait for its end. */
const upper = defineRunner({
  name: 'upper',
  version: '1',
  async run({ features_path, artifact_path }, { signal }) {
    const text = await readFile(features_path, 'utf8');
    if (text.includes('fail')) throw new Error('broken');
    if (text.includes('wait'))
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    await writeFile(artifact_path, text.toUpperCase());
  },
});

async function here(): Promise<EmbeddedBroker> {
  const broker = await openBroker({ root: await tempDir(), runner: upper });
  onTestFinished(() => broker.close());
  return broker;
}

describe('run', () => {
  it('gives what a job has made, computed or there already', async () => {
    const broker = await here();
    const first = await broker.run({ input: 'abc', track_id: 't' });
    expect(first).toMatchObject({ cached: false, job: { status: 'done', track_id: 't' } });
    expect(await first.text()).toBe('ABC');
    const again = await broker.run({ input: 'abc' });
    expect(again.cached).toBe(true);
    expect(again.key).toEqual(first.key);
    expect((await again.bytes()).equals(Buffer.from('ABC'))).toBe(true);
    expect(await again.manifest()).toMatchObject({ artifact: { size: 3 } });
    expect(await again.text('manifest.json')).toContain('"cab_version"');
  });

  it('takes text, bytes, values and files', async () => {
    const broker = await here();
    expect(await (await broker.run({ input: Buffer.from('x') })).text()).toBe('X');
    expect(await (await broker.run({ input: { a: ['b'] } })).json()).toEqual({ A: ['B'] });
    expect(await (await broker.run({ input: new Blob(['blob']) })).text()).toBe('BLOB');
    const numbers = new Uint16Array([0x6261, 0x6463]);
    expect(await (await broker.run({ input: numbers })).text()).toBe('ABCD');
    expect(await (await broker.run({ input: numbers.buffer })).text()).toBe('ABCD');
    const features_path = join(await tempDir(), 'in.txt');
    await writeFile(features_path, 'file');
    expect(await (await broker.run({ input: pathToFileURL(features_path) })).text()).toBe('FILE');
    for (const input of [new URL('https://elsewhere.example/'), createReadStream(features_path)])
      await expect(broker.run({ input })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await (await broker.run({ features_path })).text()).toBe('FILE');
    await expect(broker.run({ input: () => 1 })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(broker.run({ input: 'a', features_path })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('throws what the job failed with', async () => {
    const broker = await here();
    await expect(broker.run({ input: 'fail' })).rejects.toMatchObject({
      name: 'CabError',
      code: 'runner_failed',
      message: expect.stringContaining('broken') as string,
      details: { job_id: expect.any(String) as string },
    });
  });

  it('cancels the job once the signal is aborted', async () => {
    const broker = await here();
    const abort = new AbortController();
    const run = broker.run({ input: 'wait' }, { signal: abort.signal });
    const running = await until(async () => (await broker.jobs({ status: 'running' })).jobs[0]);
    abort.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    expect(await broker.wait(running.job_id)).toMatchObject({ status: 'canceled' });
    await expect(broker.run({ input: 'a' }, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('closes with its scope', async () => {
    const broker = await openBroker({ root: await tempDir(), runner: upper });
    await broker[Symbol.asyncDispose]();
    await expect(broker.submit({ features_text: 'a' })).rejects.toMatchObject({ code: 'canceled' });
  });
});

describe('a daemon from a program', () => {
  it('keeps the same promises', async () => {
    const daemon = await served();
    daemon.runner.text = '{"made":1}';
    const broker = await connectBroker({ url: daemon.url });
    onTestFinished(() => broker.close());
    const first = await broker.run({ input: { a: 1 }, track_id: 't' });
    expect(await first.json()).toEqual({ made: 1 });
    expect((await broker.run({ input: { a: 1 } })).cached).toBe(true);
    await expect(broker.run({ input: '{"refuse":1}' })).rejects.toMatchObject({
      code: 'axes_missing',
    });
    const file = await broker.open(await broker.pointer('t'));
    expect(file.size).toBe(10);
    await file.close();
  });

  it('says which option makes no sense', async () => {
    await expect(connectBroker({ url: 'localhost' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('url: expected an http or https URL') as string,
    });
    const misspelt = { url: 'http://localhost', tokn: 'x' } as unknown as { url: string };
    await expect(connectBroker(misspelt)).rejects.toMatchObject({ code: 'usage' });
  });
});
