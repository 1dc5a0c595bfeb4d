import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hashing/digest.ts';
import { defineRunner, openBroker, type RunnerAnswer } from '../../src/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/** What a runner answers, by the name that the job gives. The module and the object are the same code. */
const source = `
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
const loop = {};
loop.self = loop;
export const answers = {
  bytes: () => ({ artifact: Buffer.from([0, 255, 1]) }),
  view: () => ({ artifact: new Uint16Array([1, 2]) }),
  buffer: () => ({ artifact: new Uint8Array([7, 8]).buffer }),
  json: () => ({ artifact: [{ n: 1 }, 'two'] }),
  date: () => ({ artifact: { at: new Date(0) } }),
  files: () => ({ artifact: { n: 2 }, files: { 'plots/a.svg': '<svg/>', 'b.bin': new Uint8Array(2) } }),
  large: () => ({ artifact: Buffer.alloc(300_000, 'x'), files: { 'c/d.txt': 'beside' } }),
  many: () => ({ artifact: {}, files: Object.fromEntries(Array.from({ length: 400 }, (_, n) => [\`f/\${n}\`, String(n)])) }),
  written: ({ artifact_path }) => {
    writeFileSync(join(dirname(artifact_path), 'beside.txt'), 'x');
    return { artifact: { n: 3 } };
  },
  circular: () => ({ artifact: loop }),
  climbing: () => ({ artifact: {}, files: { '../out': 'x' } }),
  manifest: () => ({ artifact: {}, files: { 'manifest.json': '{}' } }),
  owned: () => ({ artifact: { n: 4 }, manifest: { made_by: 'hand' } }),
  other: () => ({ artifact: {}, manifest: 'own.json' }),
  noJson: () => ({ artifact: {}, manifest: Buffer.from('{') }),
  twice: () => ({ artifact: {}, files: { 'a.json': 'other' } }),
  folder: () => ({ artifact: {}, files: { a: 'file', 'a/b': 'in a folder' } }),
  longName: () => ({ artifact: {}, files: { ['x'.repeat(300)]: '1' } }),
  longPath: () => ({ artifact: {}, files: { ['folder/'.repeat(200) + 'x']: '1' } }),
  proto: () => ({ artifact: { n: 5 }, files: JSON.parse('{"__proto__": "a name as any other"}') }),
  number: () => ({ artifact: {}, files: { a: 5 } }),
  map: () => ({ artifact: new Map([[1, 2]]) }),
  promise: () => ({ artifact: Promise.resolve({}) }),
  called: () => ({ artifact: () => 1 }),
  path: () => ({ artifact: 'not there' }),
};
export const version = '1';
export const run = (call) => answers[call.probe_kwargs.shape](call);
`;

interface Outcome {
  readonly code?: string | undefined;
  readonly error?: string | null;
  readonly digest?: string;
  readonly files?: readonly string[];
  readonly own?: unknown;
}

type Answers = Record<string, (call: { artifact_path: string }) => RunnerAnswer>;

async function outcomes(kind: 'object' | 'module', concurrency: number, inMemory = false) {
  const dir = await tempDir();
  const file = join(dir, 'returns.mjs');
  await writeFile(file, source);
  const { answers } = (await import(pathToFileURL(file).href)) as { answers: Answers };
  const object = defineRunner({
    name: 'returns',
    version: '1',
    run: (call) => answers[JSON.stringify(call.probe_kwargs['shape']).slice(1, -1)]?.(call),
  });
  const root = join(dir, 'root');
  const runner = kind === 'object' ? object : file;
  const store = inMemory ? 'memory' : 'directory';
  const broker = await openBroker({ root, store, runner, concurrency, artifactName: 'a.json' });
  const found = await Promise.all(
    Object.keys(answers).map(async (shape) => {
      const { job_id } = await broker.submit({
        features_text: JSON.stringify({ shape }),
        probe: { shape },
      });
      const { status, problem, error, ...job } = await broker.wait(job_id);
      if (status !== 'done') return [shape, { code: problem?.code, error }] as const;
      const manifest = await broker.manifest(job);
      const bytes = await buffer((await broker.open(job)).stream());
      const files = (manifest.files ?? []).map(({ path }) => path).slice(0, 3);
      const own = manifest['made_by'];
      return [shape, { digest: sha256(bytes), files, ...(own !== undefined && { own }) }] as const;
    }),
  );
  await broker.close();
  if (!inMemory) {
    expect(await readdir(join(root, '.cab/staging'))).toEqual([]);
    expect(existsSync(join(root, '.cab/unwritten'))).toBe(false);
  }
  return Object.fromEntries<Outcome>(found);
}

describe.each(['object', 'module'] as const)('a runner that is a JavaScript %s', (kind) => {
  it('returns its files, or is told what is wrong with them; alone as beside others', async () => {
    const of = await outcomes(kind, 8);
    const done = (content: string | Buffer, files: string[] = []) => ({
      digest: sha256(content),
      files,
    });
    expect(of).toMatchObject({
      bytes: done(Buffer.from([0, 255, 1])),
      view: done(Buffer.from([1, 0, 2, 0])),
      buffer: done(Buffer.from([7, 8])),
      json: done('[{"n":1},"two"]'),
      date: done('{"at":"1970-01-01T00:00:00.000Z"}'),
      files: done('{"n":2}', ['b.bin', 'plots/a.svg']),
      large: done('x'.repeat(300_000), ['c/d.txt']),
      many: done('{}', ['f/0', 'f/1', 'f/10']),
      written: done('{"n":3}'),
      proto: done('{"n":5}', ['__proto__']),
      owned: { ...done('{"n":4}'), own: 'hand' },
    });
    const refused = (error: RegExp) => ({
      code: 'runner_result_invalid',
      error: expect.stringMatching(error) as unknown,
    });
    expect(of).toMatchObject({
      circular: refused(/answer\.artifact: .*circular/),
      climbing: refused(/"\.\.\/out" is no safe path/),
      manifest: refused(/"manifest\.json" is named twice/),
      other: refused(/answer\.manifest/),
      noJson: refused(/manifest manifest\.json is not JSON/),
      twice: refused(/"a\.json" is named twice/),
      folder: refused(/"a" is a file and a folder/),
      longName: refused(/more than 255 bytes/),
      longPath: refused(/more than 768 bytes/),
      number: refused(/answer\.files\.a: expected text, bytes or JSON, got 5/),
      map: refused(/a Map cannot be written as JSON/),
      promise: refused(/a Promise cannot be written as JSON/),
      called: refused(/answer\.artifact|neither answered an artifact/),
      path: refused(/does not exist/),
    });
    // Messages name paths of their own.
    const withoutPaths = (found: typeof of) =>
      Object.entries(found).map(([shape, { code, digest, files }]) => [
        shape,
        { code, digest, files },
      ]);
    expect(withoutPaths(await outcomes(kind, 1))).toEqual(withoutPaths(of));
    expect(withoutPaths(await outcomes(kind, 1, true))).toEqual(withoutPaths(of));
  });
});

it('may use the buffer that it returned again', async () => {
  const shared = Buffer.alloc(1000);
  const runner = defineRunner({
    name: 'reuses',
    version: '1',
    run: ({ probe_kwargs }) => {
      shared.fill(JSON.stringify(probe_kwargs['n']));
      return { artifact: shared };
    },
  });
  const broker = await openBroker({ root: await tempDir(), runner, concurrency: 16 });
  const jobs = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      broker.submit({ features_text: `{"n":${n}}`, probe: { n } }),
    ),
  );
  for (const [n, { job_id }] of jobs.entries()) {
    const job = await broker.wait(job_id);
    const bytes = await buffer((await broker.open(job)).stream());
    expect(bytes).toEqual(Buffer.alloc(1000).fill(String(n)));
  }
  await broker.close();
});

it('gets a directory to write to when it asks for a path', async () => {
  const dir = await tempDir();
  const seen: boolean[] = [];
  const runner = defineRunner({
    name: 'asks',
    version: '1',
    run: async (call) => {
      const { out_root, artifact_path } = call;
      seen.push(existsSync(out_root));
      await writeFile(artifact_path, JSON.stringify(call.probe_kwargs));
    },
  });
  const broker = await openBroker({ root: dir, runner, concurrency: 3 });
  const jobs = await Promise.all(
    [1, 2, 3].map((n) => broker.submit({ features_text: `{"n":${n}}`, probe: { n } })),
  );
  const ended = await Promise.all(jobs.map(({ job_id }) => broker.wait(job_id)));
  await broker.close();
  expect(ended.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
  expect(seen).toEqual([true, true, true]);
});
