/** How commands speak: --quiet, --no-color. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/cli/interruption.ts';
import { WatchView } from '../../src/cli/watch/watch-view.ts';
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

describe('--quiet', () => {
  it('keeps submit from saying what was computed, and leaves its ids', async () => {
    expect((await cab('submit a.json')).stderr).not.toBe('');
    const { code, stdout, stderr } = await cab('submit a.json b.json -q');
    expect([code, stderr, stdout.trim().split('\n').length]).toEqual([0, '', 2]);
  });

  it('does not hide what went wrong', async () => {
    runner.behave = () => Promise.reject(new Error('no luck'));
    expect(await cab('submit a.json nope.json --quiet')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/nope\.json[\s\S]*no luck/) as unknown,
    });
  });

  it('keeps get from saying that nothing is new', async () => {
    await cab('submit a.json');
    const [pointer] = (await cab('get a --pointer --json')).json as [{ etag: string }];
    const line = `get a --if-none-match ${pointer.etag}`;
    expect((await cab(line)).stderr).toBe('not modified\n');
    expect(await cab(line, { env: { CAB_QUIET: '1' } })).toMatchObject({ stdout: '', stderr: '' });
    expect(await cab('get nope -q')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('error: ') as unknown,
    });
  });

  it('does not keep watch from telling what failed', async () => {
    await mkdir(join(cwd, 'inbox'));
    await writeFile(join(cwd, 'inbox/bad.json'), '{"refuse":1}');
    const stop = new AbortController();
    const { stderr } = await cab('watch inbox --pattern *.json --settle 50ms --quiet', {
      signal: stop.signal,
      onStdout: (text) => {
        if (text.includes('bad.json')) stop.abort(new Interrupted('interrupted'));
      },
    });
    expect(stderr).toMatch(/^error: .*bad\.json: refused/);
  });

  it('keeps watch from warnings', () => {
    const told = (isQuiet: boolean): string => {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const services = { stdout, stderr, env: {}, cwd, isQuiet };
      const view = new WatchView({ folders: [], pattern: '*', json: false, services });
      view.tell({ type: 'warning', path: 'inbox', message: 'no events', hint: '' });
      return String(stderr.read() ?? '');
    };
    expect([told(false), told(true)]).toEqual(['warning: inbox: no events\n', '']);
  });
});

describe('--no-color', () => {
  const red = '\u001B[31m';

  it('writes no colour to a terminal, nor do a variable and NO_COLOR', async () => {
    const seen = (line: string, env: Record<string, string> = {}) =>
      cab(line, { isTerminal: true, env });
    expect((await seen('status nope')).stderr).toContain(red);
    for (const line of ['status nope --no-color', 'status --no-color --nope'])
      expect((await seen(line)).stderr, line).not.toContain('\u001B[');
    for (const env of [{ CAB_COLOR: 'no' }, { NO_COLOR: '1' }])
      expect((await seen('status nope', env)).stderr).not.toContain('\u001B[');
  });

  it('is not meant for cab where it stands behind --', async () => {
    const { stderr } = await cab('run --nope -- true --no-color', { isTerminal: true });
    expect(stderr).toContain(red);
  });
});
