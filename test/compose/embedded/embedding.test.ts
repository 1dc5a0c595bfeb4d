import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  defineRunner,
  openBroker,
  watchFolder,
  type Broker,
  type OpenBrokerOptions,
  type RunnerDefinition,
} from '../../../src/index.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const runner = defineRunner({
  name: 'nothing',
  version: '1',
  run: () => Promise.resolve(undefined),
});
class Quiet {
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

describe('openBroker', () => {
  it.each([
    [{ concurrency: 0 }, /^openBroker: concurrency: expected at least 1$/],
    [{ concurrency: 1.5 }, /concurrency: expected a whole number/],
    [{ concurency: 2 }, /there is no option "concurency"/],
    [{ runner: 5 }, /runner: expected a spec/],
    [{ runner: { name: 'x', version: '1', run: () => undefined } }, /runner: .*defineRunner/],
    [{ root: '' }, /root: expected at least 1 character/],
    [{ work: 'some' }, /work: expected own, adopt, all, none/],
    [{ store: 'paper' }, /store: expected directory, memory/],
    [{ timeoutMs: 1e12 }, /timeoutMs: expected at most/],
    [{ graceMs: '5s' }, /graceMs: expected a number/],
    [{ logger: console.log }, /logger: expected an object with/],
    ['data', /options: expected an object/],
  ])('refuses %j by name', async (options, message) => {
    await expect(openBroker(options as unknown as OpenBrokerOptions)).rejects.toMatchObject({
      name: 'CabError',
      code: 'usage',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('says what was meant', async () => {
    await expect(openBroker({ timeOutMs: 5 } as object)).rejects.toMatchObject({
      hint: 'Did you mean timeoutMs?',
      details: { option: 'timeOutMs' },
    });
  });

  it('takes all that there is, of any class', async () => {
    const root = await tempDir();
    const broker = await openBroker({
      root,
      runner,
      logger: new Quiet(),
      work: 'none',
      concurrency: 2,
      timeoutMs: 1000,
      graceMs: 0,
    });
    expect(await broker.counts()).toMatchObject({ pending: 0 });
    await broker.close();
  });
});

describe('a broker in memory', () => {
  it('computes, finds again, and writes nothing into its root', async () => {
    const root = await tempDir();
    const computing = defineRunner({
      name: 'computing',
      version: '1',
      run: async ({ features_path, artifact_path }) => {
        await copyFile(features_path, artifact_path);
      },
    });
    const broker = await openBroker({ store: 'memory', root, runner: computing });
    const sent = { features_bytes: Buffer.from('{"a":1}'), track_id: 't' };
    const { job_id } = await broker.submit(sent);
    expect(await broker.wait(job_id)).toMatchObject({ status: 'done', cached: false });
    expect(await broker.submit(sent)).toMatchObject({ status: 'done', cached: true });
    const artifact = await broker.open(await broker.pointer('t'));
    expect(await text(artifact.stream())).toBe('{"a":1}');
    await broker.close();
    expect(await readdir(root)).toEqual([]);
  });
});

async function opened(options: OpenBrokerOptions = {}): Promise<Broker> {
  const broker = await openBroker({ root: await tempDir(), runner, graceMs: 0, ...options });
  onTestFinished(() => broker.close());
  return broker;
}

describe('defineRunner', () => {
  it.each([
    [{ version: '1' }, 'defineRunner: name: expected text'],
    [{ name: '', version: '1' }, 'defineRunner: name: expected at least 1 character'],
    [{ name: 'a' }, 'defineRunner: version: expected text'],
    [{ name: 'a', version: '1', run: 'sh' }, 'defineRunner: run: expected a function'],
    [{ name: 'a', version: '1', accept: 1 }, 'defineRunner: accept: expected a function'],
    [undefined, 'defineRunner: definition: expected an object'],
  ])('refuses %j by name', (definition, message) => {
    const run = () => Promise.resolve(undefined);
    const given = definition && { run, ...definition };
    expect(() => defineRunner(given as unknown as RunnerDefinition)).toThrow(
      expect.objectContaining({ code: 'runner_invalid', message }),
    );
  });

  it('is as any other object refused where it gives no name later', async () => {
    const nameless = { ...runner, identify: () => Promise.resolve({ version: '1' }) };
    await expect(
      openBroker({ runner: nameless as unknown as typeof runner }),
    ).rejects.toMatchObject({
      code: 'runner_invalid',
      message: 'identify of the runner: name: expected text',
    });
  });

  it('tells what its own methods throw as a failure of the runner', async () => {
    const broker = await opened({
      runner: defineRunner({
        name: 'throwing',
        version: '1',
        accept: () => Promise.reject(new TypeError('of the author')),
        run: () => Promise.resolve(undefined),
      }),
    });
    await expect(broker.submit({ features_text: '1' })).rejects.toMatchObject({
      code: 'runner_failed',
      message: 'runner throwing: accept: of the author',
    });
  });

  it('gives log and progress the form that modules have, and takes the older one', async () => {
    const broker = await opened({
      runner: defineRunner({
        name: 'talking',
        version: '1',
        run: async ({ artifact_path }, { log, progress }) => {
          log('a line');
          log('to stderr', 'stderr');
          // eslint-disable-next-line @typescript-eslint/no-deprecated -- still to work
          log('stderr', 'as it is');
          progress(0.25, 'a quarter');
          await writeFile(artifact_path, '1');
        },
      }),
    });
    const { job_id } = await broker.submit({ features_text: '1' });
    expect(await broker.wait(job_id)).toMatchObject({ status: 'done' });
    expect((await broker.log(job_id)).text).toBe('a line\nto stderr\nas it is');
    const said = [];
    for await (const { type, data } of broker.events({ job_id }))
      if (type === 'progress') said.push(data);
    expect(said).toEqual([{ fraction: 0.25, message: 'a quarter' }]);
  });

  it('is given killGraceMs to heed the signal', { timeout: 4000 }, async () => {
    let isRunning = (): void => undefined;
    const running = new Promise<void>((resolve) => (isRunning = resolve));
    const deaf = defineRunner({
      name: 'deaf',
      version: '1',
      run: () => {
        isRunning();
        return new Promise(() => undefined);
      },
    });
    const broker = await opened({ runner: deaf, killGraceMs: 1 });
    const { job_id } = await broker.submit({ features_text: '1' });
    await running;
    await broker.cancel(job_id);
    expect(await broker.wait(job_id)).toMatchObject({ status: 'canceled' });
  });

  it('may throw what it likes: the job stays small', async () => {
    const broker = await opened({
      runner: defineRunner({
        name: 'long-winded',
        version: '1',
        run: (_call, { progress }) => {
          progress(0.5, 'y'.repeat(5_000_000));
          return Promise.reject(new Error(`begins here ${'x'.repeat(5_000_000)} ends here`));
        },
      }),
    });
    const { job_id } = await broker.submit({ features_text: '1' });
    const job = await broker.wait(job_id);
    expect(job.error).toMatch(/^runner long-winded: begins here x+ … \(\d+ characters left out\)/);
    expect(job.error).toMatch(/ends here$/);
    expect(JSON.stringify(job).length).toBeLessThan(70_000);
    for await (const event of broker.events({ job_id }))
      expect(JSON.stringify(event).length).toBeLessThan(10_000);
  });
});

describe('a broker that is called with something else than it takes', () => {
  it.each<[string, (broker: Broker, wrong: never) => unknown]>([
    ['id', (broker, wrong) => broker.job(wrong)],
    ['id', (broker, wrong) => broker.wait(wrong)],
    ['id', (broker, wrong) => broker.cancel(wrong)],
    ['id', (broker, wrong) => broker.retry(wrong)],
    ['id', (broker, wrong) => broker.log(wrong)],
    ['track_id', (broker, wrong) => broker.pointer(wrong)],
    ['track_id', (broker, wrong) => broker.history(wrong)],
    ['key', (broker, wrong) => broker.manifest(wrong)],
    ['key', (broker, wrong) => broker.open(wrong)],
    ['request', (broker, wrong) => broker.submit(wrong)],
    ['request', (broker, wrong) => broker.explain(wrong)],
    ['query', (broker, wrong) => broker.jobs(wrong)],
  ])('says which: %s (%s)', async (name, call) => {
    const broker = await opened({ work: 'none' });
    for (const wrong of [7, null, ...(name === 'query' ? [] : [undefined])])
      await expect((async () => call(broker, wrong as never))()).rejects.toMatchObject({
        name: 'CabError',
        code: 'invalid_request',
        message: expect.stringContaining(`${name}: expected`) as unknown,
      });
  });

  it('says which option of a wait', async () => {
    const broker = await opened({ work: 'none' });
    for (const timeoutMs of [NaN, -1, '5' as unknown as number])
      await expect(broker.wait('id', { timeoutMs })).rejects.toMatchObject({
        code: 'invalid_request',
        message: 'options.timeoutMs: expected milliseconds',
      });
    await expect(watchFolder({ broker } as never)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('an argument of the runner that hides one of the call', () => {
  it('is refused at once, by name', async () => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'runner.mjs'), 'export const run = () => undefined;');
    await writeFile(join(cwd, 'runner.py'), 'def run(**_): pass');
    for (const spec of ['./runner.mjs', 'runner:run']) {
      const broker = await opened({ runner: spec, cwd });
      for (const name of ['features_path', 'out_root', 'db_path', 'config_hash'])
        await expect(
          broker.submit({ features_text: '1', runner_kwargs: { [name]: 'x' } }),
        ).rejects.toMatchObject({
          code: 'runner_args_invalid',
          message: `runner_kwargs.${name}: the call has an argument of that name`,
        });
      expect(await broker.counts()).toMatchObject({ pending: 0 });
    }
  });
});
