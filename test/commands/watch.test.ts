import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/cli/interruption.ts';
import { runCommand, type Ran } from '../helpers/run-command.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await tempDir();
  await mkdir(join(cwd, 'inbox'));
  await mkdir(join(cwd, 'second'));
});

/** Runs `cab watch` until `enough`, then interrupts it. */
async function watched(
  args: readonly string[],
  enough: (printed: string) => boolean | Promise<boolean>,
): Promise<Ran> {
  let printed = '';
  const onStdout = (text: string): void => void (printed = text);
  const stop = new AbortController();
  const ran = runCommand(['watch', ...args, '--settle', '50ms'], {
    cwd,
    signal: stop.signal,
    onStdout,
  });
  // A command that ends by itself has something to say.
  await Promise.race([until(() => enough(printed)), ran]);
  stop.abort(new Interrupted('interrupted'));
  return ran;
}

describe('cab watch', () => {
  it('submits what appears in several folders, and ends cleanly when it is interrupted', async () => {
    await writeFile(join(cwd, 'inbox/a.features.json'), '{"n":1}');
    await writeFile(join(cwd, 'second/b.features.json'), '{"n":2}');
    const { code, stdout, stderr } = await watched(
      ['inbox', 'second', '--on-done', 'move:processed', '--track', '{dir}-{stem}'],
      (printed) => printed.match(/^moved/gm)?.length === 2,
    );
    expect(stderr).toBe('watching inbox, second for *.features.json\n');
    expect(code).toBe(130);
    expect(await readdir(join(cwd, 'inbox'))).toEqual([]);
    const lines = stdout.split('\n').filter((line) => line.includes('a.features.json'));
    expect(lines).toEqual([
      expect.stringMatching(/^submitted {2}inbox\/a\.features\.json {2}[0-9a-f-]{36}$/),
      expect.stringMatching(
        /^done {7}inbox\/a\.features\.json {2}[0-9a-f-]{36} {2}\/.*historical_echo\.json$/,
      ),
      expect.stringMatching(
        /^moved {6}inbox\/a\.features\.json {2}- {2}\/.*processed\/a\.features\.json$/,
      ),
    ]);
    const tracks = await runCommand(['tracks', '--json'], { cwd });
    expect(tracks.stdout).toContain('"inbox-a.features"');
    expect(tracks.stdout).toContain('"second-b.features"');
  });

  it('submits nothing where one of the folders would be moved to itself', async () => {
    await writeFile(join(cwd, 'inbox/a.features.json'), '{"n":1}');
    const { code, stdout, stderr } = await watched(
      ['inbox', 'second', '--on-done', 'move:second'],
      (printed) => printed !== '',
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`${join(cwd, 'second')} is the watched folder itself`);
  });

  it('prints an object a line under --json, failures and warnings among them', async () => {
    await writeFile(join(cwd, 'inbox/good.json'), '{"n":1}');
    await writeFile(join(cwd, 'inbox/bad.json'), '{"n":');
    await mkdir(join(cwd, 'inbox/sub'));
    await writeFile(join(cwd, 'inbox/sub/deep.json'), '{"n":2}');
    const { code, json, stderr } = await watched(
      ['inbox', '--json', '--pattern', '*.json', '--no-recursive', '--on-done', 'delete', '--poll'],
      (printed) => printed.includes('"deleted"') && printed.includes('"failed"'),
    );
    expect(code).toBe(130);
    expect(stderr).toBe('');
    expect(json).toContainEqual({
      event: 'failed',
      path: join(cwd, 'inbox/bad.json'),
      job: null,
      problem: expect.objectContaining({ code: 'invalid_json' }) as unknown,
    });
    expect(json).toContainEqual({
      event: 'done',
      path: join(cwd, 'inbox/good.json'),
      job: expect.objectContaining({ status: 'done', track_id: 'good' }) as unknown,
    });
    expect(json).toContainEqual({ event: 'deleted', path: join(cwd, 'inbox/good.json') });
    expect(JSON.stringify(json)).not.toContain('deep');
  });

  it('finds by the next call what appeared meanwhile, and repeats nothing', async () => {
    // A job that is done is not yet known to be where the watch ends in between.
    const done = (file: string) => (printed: string) =>
      new RegExp(`^done +inbox/${file}`, 'm').test(printed);
    await writeFile(join(cwd, 'inbox/a.features.json'), '{"n":1}');
    await watched(['inbox'], done('a.features'));
    await writeFile(join(cwd, 'inbox/b.features.json'), '{"n":2}');
    const { stdout } = await watched(['inbox'], done('b.features'));
    expect(stdout).not.toContain('a.features.json');
    expect(stdout).toContain('inbox/b.features.json');
  });

  it('does not take the store that lies within the folder for input', async () => {
    await writeFile(join(cwd, 'one.json'), '{"n":1}');
    const { json } = await watched(
      [
        '.',
        '--json',
        '--pattern',
        '*.json',
        '--cas-root',
        'store',
        '--rescan',
        '50ms',
        '--on-done',
        'move:processed',
      ],
      (printed) => printed.includes('"moved"'),
    );
    expect(json.map((line) => (line as { event: string }).event)).toEqual([
      'submitted',
      'done',
      'moved',
    ]);
  });

  it.each([
    [['none'], 2, /none/],
    [['inbox', '--on-done', 'burn'], 2, /expected keep, delete or move:DIR/],
    [['inbox', 'inbox'], 2, /watched already/],
    [['inbox', '--pattern', '['], 2, /the pattern "\[" has a bracket that is not closed/],
    [[], 2, /folders/],
  ])('refuses %j', async (args, code, message) => {
    const ran = await runCommand(['watch', ...args], { cwd });
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(message);
  });
});
