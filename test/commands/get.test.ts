import { chmod, readFile, writeFile } from 'node:fs/promises';
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
