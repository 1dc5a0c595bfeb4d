/** How a runner reads its input decides what is hashed: JSON, bytes, or JSON where the name says so. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalBroker } from '../../../../src/core/engine/local-broker.ts';
import { readSubmission } from '../../../../src/http/wire/submission-body.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

let dir: string;
let runner: ScriptedRunner;
let broker: LocalBroker;

beforeEach(async () => {
  dir = await tempDir();
  runner = new ScriptedRunner();
  runner.inputFormat = 'bytes';
  broker = scriptedBroker(join(dir, 'root'), runner, { cwd: dir });
  await mkdir(join(dir, 'in'));
});
afterEach(() => broker.close());

async function seenOf(name: string, content: string | Uint8Array): Promise<unknown> {
  const features_path = join(dir, 'in', name);
  await writeFile(features_path, content);
  const { job_id } = await broker.submit({ features_path });
  const { status, cached } = await broker.wait(job_id);
  return { status, cached };
}

describe('a runner of bytes', () => {
  it('computes the same JSON again in other white space, and no equal bytes twice', async () => {
    expect(await seenOf('a.json', '{"a":1}')).toEqual({ status: 'done', cached: false });
    expect(await seenOf('a.json', '{ "a": 1 }')).toEqual({ status: 'done', cached: false });
    expect(await seenOf('b.txt', '{"a":1}')).toEqual({ status: 'done', cached: true });
    expect(runner.seen).toEqual(['{"a":1}', '{ "a": 1 }']);
  });

  it.each([
    ['tsconfig.json', '{ // a comment\n "a": 1, }'],
    ['lines.json', '{"a":1}\n{"a":2}\n'],
    ['empty.json', ''],
    ['latin.json', Buffer.from([0x22, 0xe9, 0x22])],
    ['nul.txt', 'a\0b'],
  ])('takes what is no JSON: %s', async (name, content) => {
    expect(await seenOf(name, content)).toEqual({ status: 'done', cached: false });
  });

  it.each(['', '{"a":1}\n{"a":2}\n', '\ufeff{}', 'a\0b', 'x'.repeat(100_000)])(
    'reads text that was sent as it is',
    async (features_text) => {
      const { job_id } = await broker.submit({ features_text });
      expect(await broker.wait(job_id)).toMatchObject({ status: 'done', track_id: null });
      expect(runner.seen).toEqual([features_text]);
    },
  );

  it('reads `features` of a request as the text that it was in the body', async () => {
    const body = '{"track_id":"t", "features" : {"a" : 12345678901234567890.50 } }';
    const { job_id } = await broker.submit(readSubmission(Buffer.from(body), 'refused'));
    await broker.wait(job_id);
    expect(runner.seen).toEqual(['{"a" : 12345678901234567890.50 }']);
  });

  it('reads bytes that were sent, and can be retried on them', async () => {
    const features_bytes = Buffer.from([0xff, 0, 0xc0]);
    runner.behave = () => Promise.reject(new Error('once'));
    const failed = await broker.wait((await broker.submit({ features_bytes })).job_id);
    expect(failed).toMatchObject({ status: 'error' });
    runner.behave = () => undefined;
    const again = await broker.retry(failed.job_id);
    expect(again.source_hash).toBe(failed.source_hash);
    expect(await broker.wait(again.job_id)).toMatchObject({ status: 'done' });
  });
});

describe('a runner that says nothing', () => {
  beforeEach(() => (runner.inputFormat = 'any'));

  it('reads JSON where the name says so or it was sent as text, and bytes elsewhere', async () => {
    expect(await seenOf('a.json', '{ "a": 1 }')).toMatchObject({ cached: false });
    expect(await seenOf('b.JSON', '{"a":1}')).toMatchObject({ cached: true });
    expect(await seenOf('a.txt', '{"a":1}')).toMatchObject({ cached: false });
    expect(await broker.submit({ features_text: '{"a": 1}' })).toMatchObject({ cached: true });
    const bytes = Buffer.from('{"a":1}');
    expect(await broker.submit({ features_bytes: bytes })).toMatchObject({ cached: true });
    await expect(broker.submit({ features_text: '{"a"' })).rejects.toMatchObject({
      code: 'invalid_json',
    });
  });
});

it('an entry under an older form of the key is no hit, and is named by explain', async () => {
  // As programs were keyed once: hashed as JSON, and nothing said of the format.
  runner.inputFormat = 'json';
  await seenOf('a.json', '{ "a": 1 }');
  const older = await broker.explain({ features_path: 'in/a.json' });
  expect(older.hit).toBe(true);
  runner.inputFormat = 'bytes';
  const explained = await broker.explain({ features_path: 'in/a.json' });
  expect(explained).toMatchObject({ hit: false, older: older.key });
  expect(await broker.explain({ features_path: 'in/a.json', probe: { other: 1 } })).toMatchObject({
    hit: false,
    older: null,
  });
});
