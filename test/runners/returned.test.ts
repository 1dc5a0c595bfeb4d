import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { defineRunner, openBroker, type RunnerAnswer } from '../../src/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/** What a submission of each of these came to, side by side, so that small results stay in memory. */
type Shape = 'bytes' | 'json' | 'files' | 'large' | 'circular' | 'climbing' | 'manifest' | 'path';

const loop: { self?: object } = {};
loop.self = loop;
const answers: Record<Shape, (call: { artifact_path: string }) => RunnerAnswer> = {
  bytes: () => ({ artifact: Buffer.from([0, 255, 1]) }),
  json: () => ({ artifact: [{ n: 1 }, 'two'] }),
  files: () => ({
    artifact: { n: 2 },
    files: { 'plots/a.svg': '<svg/>', 'b.bin': new Uint8Array(2) },
  }),
  large: () => ({ artifact: Buffer.alloc(300_000, 'x'), files: { 'c/d.txt': 'beside' } }),
  circular: () => ({ artifact: loop }),
  climbing: () => ({ artifact: {}, files: { '../out': 'x' } }),
  manifest: () => ({ artifact: {}, files: { 'manifest.json': '{}' } }),
  path: () => ({ artifact: 'not there' }),
};
const shapes = Object.keys(answers) as Shape[];

const object = defineRunner({
  name: 'returns',
  version: '1',
  run: (call) => answers[call.probe_kwargs['shape'] as Shape](call),
});

const module = `
export const version = '1';
const loop = {}; loop.self = loop;
const answers = {
  bytes: () => ({ artifact: Buffer.from([0, 255, 1]) }),
  json: () => ({ artifact: [{ n: 1 }, 'two'] }),
  files: () => ({ artifact: { n: 2 }, files: { 'plots/a.svg': '<svg/>', 'b.bin': new Uint8Array(2) } }),
  large: () => ({ artifact: Buffer.alloc(300_000, 'x'), files: { 'c/d.txt': 'beside' } }),
  circular: () => ({ artifact: loop }),
  climbing: () => ({ artifact: {}, files: { '../out': 'x' } }),
  manifest: () => ({ artifact: {}, files: { 'manifest.json': '{}' } }),
  path: () => ({ artifact: 'not there' }),
};
export const run = ({ probe_kwargs }) => answers[probe_kwargs.shape]();
`;

async function outcomes(kind: 'object' | 'module') {
  const dir = await tempDir();
  const file = join(dir, 'returns.mjs');
  await writeFile(file, module);
  const root = join(dir, 'root');
  const runner = kind === 'object' ? object : file;
  const broker = await openBroker({ root, runner, concurrency: 8, artifactName: 'a.json' });
  const found = await Promise.all(
    shapes.map(async (shape) => {
      const { job_id } = await broker.submit({
        features_text: JSON.stringify({ shape }),
        probe: { shape },
      });
      const { status, problem, error, ...job } = await broker.wait(job_id);
      const manifest = status === 'done' ? await broker.manifest(job) : undefined;
      const bytes =
        status === 'done' ? await buffer((await broker.open(job)).stream()) : Buffer.alloc(0);
      const files = manifest?.files?.map(({ path }) => path);
      return [shape, { status, code: problem?.code, message: error, bytes, files }] as const;
    }),
  );
  await broker.close();
  return { root, of: new Map(found) };
}

describe.each(['object', 'module'] as const)('a runner that is an %s', (kind) => {
  it('returns its files in place of writing them, or is told what is wrong with them', async () => {
    const { root, of } = await outcomes(kind);
    expect(of.get('bytes')?.bytes).toEqual(Buffer.from([0, 255, 1]));
    expect(String(of.get('json')?.bytes)).toBe('[{"n":1},"two"]');
    expect(of.get('files')).toMatchObject({ status: 'done', files: ['b.bin', 'plots/a.svg'] });
    expect(of.get('large')).toMatchObject({ status: 'done', files: ['c/d.txt'] });
    expect(of.get('large')?.bytes.length).toBe(300_000);
    for (const shape of ['circular', 'climbing', 'manifest', 'path'] as const)
      expect(of.get(shape), shape).toMatchObject({
        status: 'error',
        code: 'runner_result_invalid',
      });
    expect(of.get('circular')?.message).toMatch(/answer\.artifact: .*circular/);
    expect(of.get('climbing')?.message).toMatch(/\.\.\/out/);
    expect(await readdir(join(root, '.cab/staging'))).toEqual([]);
    expect(existsSync(join(root, '.cab/unwritten'))).toBe(false);
  });
});

it('gives a runner that asks for a path a directory to write to', async () => {
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
