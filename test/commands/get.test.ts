import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { runCommand, type Ran, type Surroundings } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
let runner: ScriptedRunner;

beforeEach(async () => {
  cwd = await tempDir();
  runner = new ScriptedRunner();
  await writeFile(join(cwd, 'a.json'), '{"a":1}');
  await writeFile(join(cwd, 'b.json'), '{"b":1}');
});

const cab = (line: string, more: Partial<Surroundings> = {}): Promise<Ran> =>
  runCommand(line.split(' '), { cwd, runner, ...more });

describe('get', () => {
  const key = async (track: string): Promise<string> => {
    const [pointer] = pointers.parse((await cab(`get ${track} --pointer --json`)).json);
    return `${pointer.config_hash}/${pointer.source_hash}`;
  };
  const pointers = z.tuple([
    z.object({ config_hash: z.string(), source_hash: z.string(), etag: z.string() }),
  ]);

  beforeEach(async () => {
    await cab('submit a.json --track demo');
  });

  it('prints the artifact by track, by key and by file', async () => {
    const address = await key('demo');
    for (const what of ['demo', address, `${address}/historical_echo.json`])
      expect(await cab(`get ${what}`)).toMatchObject({
        code: 0,
        stdout: 'computed from {"a":1}',
        stderr: '',
      });
  });

  it('writes a file with -o, whole', async () => {
    expect(await cab('get demo -o out.json')).toMatchObject({ code: 0, stdout: '' });
    expect(await readFile(join(cwd, 'out.json'), 'utf8')).toBe('computed from {"a":1}');
  });

  it('writes into a folder with -o, under the name of the track', async () => {
    await cab('submit b.json --track album/b');
    const saved = async (path: string) => readFile(join(cwd, path), 'utf8');
    expect(await cab('get demo -o new/')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `${join(cwd, 'new/demo.json')}\n`,
    });
    expect(await saved('new/demo.json')).toBe('computed from {"a":1}');
    expect(await cab('get album/b -o new')).toMatchObject({ code: 0 });
    expect(await saved('new/album/b.json')).toBe('computed from {"b":1}');
    expect((await cab(`get ${await key('demo')} -o new --json`)).json).toMatchObject([
      { saved: join(cwd, 'new/historical_echo.json') },
    ]);
  });

  it('writes each track that a pattern fits into a folder, and needs one', async () => {
    await cab('submit b.json --track album/b');
    expect(await cab('get * -o all --quiet')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await readdir(join(cwd, 'all'), { recursive: true })).sort()).toEqual([
      'album',
      'album/b.json',
      'demo.json',
    ]);
    expect((await cab('get album/? -o all --json')).json).toMatchObject([
      { saved: join(cwd, 'all/album/b.json') },
    ]);
    expect(await cab('get dem*')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/fits 1 track\b.*\n {2}hint: .*-o DIR/) as string,
    });
    expect(await cab('get x* -o all')).toMatchObject({ code: 3 });
  });

  it('writes no track out of the folder', async () => {
    await cab('submit b.json --track ../up');
    const { code, stderr } = await cab('get ../u? -o all');
    expect([code, stderr]).toEqual([2, expect.stringContaining('is no name for a file')]);
    expect(await readdir(cwd)).not.toContain('up.json');
  });

  it('prints nothing where the etag is known', async () => {
    const [{ etag }] = pointers.parse((await cab('get demo --pointer --json')).json);
    expect(await cab(`get demo --if-none-match "${etag}"`)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'not modified\n',
    });
    expect((await cab('get demo --if-none-match other')).stdout).not.toBe('');
  });

  it('has the manifest, and earlier results', async () => {
    expect((await cab('get demo --manifest')).json).toMatchObject([{ track_id: 'demo' }]);
    await cab('submit b.json --track demo');
    expect((await cab('get demo')).stdout).toBe('computed from {"b":1}');
    expect((await cab('get demo --at 2')).stdout).toBe('computed from {"a":1}');
    expect(await cab('get demo --at 3')).toMatchObject({ code: 3 });
    const [history] = (await cab('history demo --json')).json;
    expect(history).toMatchObject({ track_id: 'demo', history: [{}, {}] });
  });

  it('gives the facts with --json', async () => {
    expect((await cab('get demo --json')).json).toEqual([
      {
        config_hash: expect.any(String),
        source_hash: expect.any(String),
        name: 'historical_echo.json',
        path: expect.any(String),
        size: 21,
        etag: expect.stringMatching(/^[0-9a-f]{64}$/),
        content_type: expect.stringContaining('json'),
      },
    ]);
  });

  it('exits with 6 and prints no byte where the artifact was changed', async () => {
    const [facts] = z
      .tuple([z.object({ path: z.string() })])
      .parse((await cab('get demo --json')).json);
    await chmod(facts.path, 0o644);
    await writeFile(facts.path, 'computed from {"a":2}');
    expect(await cab('get demo')).toMatchObject({ code: 6, stdout: '' });
  });

  it('exits with 3 where nothing has that name', async () => {
    expect(await cab('get nothing')).toMatchObject({ code: 3 });
    expect(await cab('get no/thing')).toMatchObject({ code: 3 });
  });
});

it('submit puts results into a folder with --output, under the names of their tracks', async () => {
  expect(await cab('submit a.json b.json -o out')).toMatchObject({ code: 0 });
  expect(await readFile(join(cwd, 'out/a.json'), 'utf8')).toContain('computed from');
  expect((await readdir(join(cwd, 'out'))).sort()).toEqual(['a.json', 'b.json']);
  await writeFile(join(cwd, 'taken'), '');
  expect(await cab('submit a.json -o taken')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: a\.json: .*taken is no folder\n/m) as string,
  });
  expect(await cab('submit a.json -o out --enqueue')).toMatchObject({ code: 2 });
});
