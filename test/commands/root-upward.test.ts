/** Which root a command works on where nobody names one. */
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCommand, type Ran, type Surroundings } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let project: string;
let below: string;
const runner = new ScriptedRunner();

beforeEach(async () => {
  project = await tempDir();
  below = join(project, 'songs/new');
  await mkdir(below, { recursive: true });
  await writeFile(join(below, 'a.json'), '{"a":1}');
});

const cab = (line: string, more: Partial<Surroundings> = {}): Promise<Ran> =>
  runCommand(line.split(' '), { cwd: below, runner, ...more });
const rootOf = async (more: Partial<Surroundings> = {}): Promise<unknown> =>
  (await cab('config --json', more)).json[0];
const root = (value: string, source: string) => ({ settings: { cas_root: { value, source } } });

describe('the root', () => {
  it('is looked for upward from the working directory', async () => {
    await cab('submit a.json', { cwd: project });
    await cab('submit songs/new/a.json', { cwd: project });
    expect(await rootOf()).toMatchObject(root(join(project, 'data/echo_cas'), 'found'));
    expect(await cab('get a')).toMatchObject({ code: 0, stdout: 'computed from {"a":1}' });
    await cab('submit a.json --track below');
    expect((await cab('status --track below --json', { cwd: project })).json).toMatchObject([
      { jobs: [{ track_id: 'below' }] },
    ]);
  });

  it('is the nearest of several', async () => {
    for (const dir of [project, below])
      await mkdir(join(dir, 'data/echo_cas'), { recursive: true });
    expect(await rootOf()).toMatchObject(root(join(below, 'data/echo_cas'), 'found'));
  });

  it('is in the working directory where there is none above', async () => {
    expect(await rootOf()).toMatchObject(root(join(below, 'data/echo_cas'), 'default'));
  });

  it('is not one that another name or a configuration file rules out', async () => {
    await mkdir(join(project, 'data/echo_cas'), { recursive: true });
    expect(await rootOf({ env: { CAB_CAS_ROOT: 'here' } })).toMatchObject(
      root(join(below, 'here'), 'CAB_CAS_ROOT'),
    );
    await writeFile(join(project, 'songs/cab.config.json'), '{}');
    expect(await rootOf()).toMatchObject(root(join(project, 'songs/data/echo_cas'), 'default'));
  });

  it('is not looked for by the command of the reference broker', async () => {
    await mkdir(join(project, 'data/echo_cas'), { recursive: true });
    await mkdir(join(below, 'data'));
    await writeFile(join(below, 'data/echo_cas'), 'a file');
    const { code, stderr } = await cab('content-addressed-broker --port 0');
    expect(code).not.toBe(0);
    expect(stderr).toContain(join(below, 'data/echo_cas'));
  });

  it.runIf(process.geteuid?.() === 0)('is no folder of another user', async () => {
    await mkdir(join(project, 'data/echo_cas'), { recursive: true });
    await chown(join(project, 'data/echo_cas'), 12_345, 12_345);
    expect(await rootOf()).toMatchObject(root(join(below, 'data/echo_cas'), 'default'));
  });
});

describe('cab run', () => {
  it('keeps its results in the root that the other commands find', async () => {
    await mkdir(join(project, 'data/echo_cas'), { recursive: true });
    await mkdir(join(below, '.git'));
    const ran = await cab('run --track made -i a.json -- cat a.json', {
      env: { PATH: process.env['PATH'] ?? '' },
    });
    expect(ran).toMatchObject({ code: 0, stdout: '{"a":1}' });
    expect((await cab('tracks --json')).json).toMatchObject([{ tracks: [{ track_id: 'made' }] }]);
  });
});
