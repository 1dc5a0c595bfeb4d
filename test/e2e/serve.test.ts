import Sqlite from 'better-sqlite3';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { cab } from '../helpers/cab.ts';
import { daemonProcess, type DaemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';

let dir: string;
let root: string;
beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'tree');
});

const serve = (runner: string, ...more: string[]): Promise<DaemonProcess> =>
  daemonProcess({ root, cwd: dir, args: ['--runner', runner, ...more] });

const copying = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

describe('cab serve', () => {
  it('logs as much as it is told to', async () => {
    const logOf = async (level: string): Promise<string> => {
      const daemon = await serve(copying, '--log-level', level);
      expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
      expect(await daemon.end('SIGTERM')).toBe(0);
      return daemon.log();
    };
    expect(await logOf('info')).toContain('"url":"/healthz"');
    expect(await logOf('warn')).toBe('');
    expect(await cab(['serve', '--log-level', 'loud', '--cas-root', root])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'expected one of debug, info, warn, error, silent',
      ) as unknown,
    });
  });

  it.each([
    ['', 'holds no token'],
    ['# none yet\n\n', 'holds no token'],
    ['abc\nread\n', 'line 2: expected a token'],
  ])('does not serve with a file of tokens that would let everyone in: %j', async (text, says) => {
    const tokens = join(dir, 'tokens');
    await writeFile(tokens, text);
    const args = ['serve', '--port', '0', '--cas-root', root, '--token-file', tokens];
    expect(await cab([...args, '--runner', copying])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(says) as unknown,
    });
  });

  it.each([
    ['--manifest-name', '../../x.json'],
    ['--artifact-name', 'a/b'],
    ['--artifact-name', '.hidden'],
    ['--artifact-name', 'manifest.json'],
  ])('takes no file name that leads elsewhere or stands twice: %s %s', async (flag, name) => {
    await writeFile(join(dir, 'song.json'), '{"n":1}');
    for (const command of [
      ['serve', '--port', '0'],
      ['submit', 'song.json', '--wait'],
    ])
      expect(
        await cab([...command, flag, name, '--cas-root', root, '--runner', copying], { cwd: dir }),
      ).toMatchObject({ code: 2, stdout: '' });
    expect((await readdir(dir)).filter((entry) => entry !== 'tree')).toEqual(['song.json']);
    expect(await inspectTree(root)).toMatchObject({ entries: [], wrong: [] });
  });

  it('takes a job over HTTP, and the commands of the same root see what it made', async () => {
    const daemon = await serve(copying);
    await writeFile(join(dir, 'song.json'), '{"n":1}');
    const body = JSON.stringify({ features_path: join(dir, 'song.json'), track_id: 'song' });
    const headers = { 'content-type': 'application/json' };
    const accepted = await fetch(`${daemon.url}/echo/jobs`, { method: 'POST', body, headers });
    expect(accepted.status).toBe(202);
    await until(async () => (await fetch(`${daemon.url}/echo/index/song.json`)).status === 200);
    expect(await cab(['get', 'song', '--cas-root', root])).toMatchObject({
      code: 0,
      stdout: '{"n":1}',
    });
    expect(await cab(['serve', '--port', '0', '--cas-root', root])).toMatchObject({ code: 4 });
    expect(await daemon.end('SIGTERM')).toBe(0);
    expect(await cab(['get', 'song', '--cas-root', root])).toMatchObject({
      code: 0,
      stdout: '{"n":1}',
    });
  });

  it('loses nothing when it is terminated under load, and goes on with the rest when it is started again', async () => {
    const slow = `sh:sleep 0.2; ${copying.slice(3)}`;
    const first = await serve(slow, '--grace', '10ms', '--concurrency', '2');
    const files = Array.from({ length: 20 }, (_, n) => join(dir, `song-${n}.json`));
    await Promise.all(files.map((file, n) => writeFile(file, `{"n":${n}}`)));
    const submitted = await cab(['submit', ...files, '--cas-root', root, '--runner', slow]);
    expect(submitted).toMatchObject({ code: 0 });
    expect(submitted.stdout.trim().split('\n')).toHaveLength(20);
    expect(await first.end('SIGTERM')).toBe(0);
    expect((await inspectTree(root)).wrong).toEqual([]);

    const second = await serve(slow);
    await until(async () => {
      const { stdout } = await cab(['status', '--json', '--cas-root', root]);
      return (JSON.parse(stdout) as { counts: { done: number } }).counts.done === 20;
    });
    expect(await second.end('SIGTERM')).toBe(0);
    const tree = await inspectTree(root);
    expect(tree).toMatchObject({ wrong: [], leftovers: [] });
    expect(tree.entries).toHaveLength(20);
  });

  it('tells of a watched folder that fails, and serves on', async () => {
    const inbox = join(dir, 'inbox');
    await mkdir(inbox);
    const daemon = await serve(copying, '--watch', 'inbox');
    const watched = new Sqlite(layoutOf(root).watched, { timeout: 5000 });
    watched.exec('ALTER TABLE files RENAME TO away');
    watched.close();
    await writeFile(join(inbox, 'song.features.json'), '{"n":1}');
    const line = await until(() =>
      daemon
        .log()
        .split('\n')
        .slice(0, -1)
        .find((text) => text.includes('"level":50')),
    );
    expect(JSON.parse(line)).toMatchObject({
      folder: inbox,
      err: { message: 'no such table: files' },
      again_after_s: 30,
      msg: `the watcher of ${inbox} failed`,
    });
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
    expect(await daemon.end('SIGTERM')).toBe(0);
  });

  it('refuses at its start a runner that cannot be had', async () => {
    const { code, stderr } = await cab(
      ['serve', '--port', '0', '--cas-root', root, '--runner', './none.mjs'],
      { cwd: dir },
    );
    expect(code).toBe(2);
    expect(stderr).toContain('none.mjs');
  });

  it('begins no job where it is told what it refuses', async () => {
    await writeFile(join(dir, 'song.json'), '{"n":1}');
    const common = ['--cas-root', root, '--runner', copying];
    const { stdout } = await cab(['submit', 'song.json', '--enqueue', ...common], { cwd: dir });
    await mkdir(join(dir, 'inbox'));
    const env = { CAB_WATCH_ON_DONE: 'move:inbox' };
    for (const refused of ['--host 0.0.0.0', '--watch none', '--watch inbox']) {
      const args = ['serve', '--port', '0', ...refused.split(' '), ...common];
      expect(await cab(args, { cwd: dir, env }), refused).toMatchObject({ code: 2 });
    }
    const { stdout: status } = await cab([
      'status',
      stdout.trim(),
      '--json',
      ...common.slice(0, 2),
    ]);
    expect(JSON.parse(status)).toMatchObject({ status: 'pending', attempts: 0 });
  });
});
