/** What other users of the machine may read of a root. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const copying = 'sh:echo made; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

let dir: string;
let root: string;
beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'root');
});

const modeOf = async (path: string): Promise<string> =>
  ((await stat(path)).mode & 0o777).toString(8);

async function input(mode: number, text: string): Promise<string> {
  const file = join(dir, `${mode.toString(8)}-${text.length}.json`);
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

/** Modes of the directory and the files of the entry that a submission makes. */
async function entryOf(...args: string[]): Promise<string[]> {
  return modesIn(await cab([...submitting(args), '--json']));
}

const submitting = (args: readonly string[]): string[] => [
  ...['submit', ...args, '--wait', '--runner', copying, '--cas-root', root],
];

async function modesIn({ stdout, stderr }: { stdout: string; stderr: string }): Promise<string[]> {
  const { result } = JSON.parse(stdout) as { result: { artifact_path: string } | null };
  if (result === null) throw new Error(stdout + stderr);
  const home = dirname(result.artifact_path);
  const paths = [home, ...(await readdir(home)).sort().map((name) => join(home, name))];
  return Promise.all(paths.map(modeOf));
}

describe('the private part of a root', () => {
  it('is open to its owner alone, and so is each file in it', async () => {
    const { end } = await daemonProcess({ root, cwd: dir, args: ['--runner', copying] });
    const large = JSON.stringify({ text: 'x'.repeat(1 << 17) });
    const sent = await cab(submitting(['-']), { input: large });
    expect(sent.code).toBe(0);
    const own = join(root, '.cab');
    expect(await modeOf(own)).toBe('700');
    for (const name of ['jobs.db', 'jobs.db-wal', 'daemon.json', 'daemon.sock'])
      expect(`${name} ${await modeOf(join(own, name))}`).toBe(`${name} 600`);
    for (const folder of ['inputs', 'logs'])
      for (const name of await readdir(join(own, folder)))
        expect(`${folder} ${await modeOf(join(own, folder, name))}`).toBe(`${folder} 600`);
    expect(await readdir(join(own, 'inputs'))).toHaveLength(1);
    expect(await end()).toBe(0);
  });

  it('of an earlier version is closed by the next daemon', async () => {
    const own = join(root, '.cab');
    await mkdir(own, { recursive: true });
    await chmod(own, 0o755);
    const { end } = await daemonProcess({ root, cwd: dir, args: ['--runner', copying] });
    expect(await modeOf(own)).toBe('700');
    expect(await end()).toBe(0);
  });
});

describe('an entry', () => {
  it('is open to everyone where its input is', async () => {
    expect(await entryOf(await input(0o644, '1'))).toEqual(['755', '444', '444']);
    expect(await modeOf(join(root, 'echo/index/644-1.json'))).toBe('644');
  });

  it('is for its owner alone where its input or its database is', async () => {
    expect(await entryOf(await input(0o600, '1'))).toEqual(['700', '400', '400']);
    const db = await input(0o600, '22');
    expect(await entryOf(await input(0o644, '333'), '--db', db)).toEqual(['700', '400', '400']);
  });

  it('is open to a group, not to others, where its input is', async () => {
    expect(await entryOf(await input(0o640, '1'))).toEqual(['750', '440', '440']);
  });

  it('is as open as the umask allows where its input was sent', async () => {
    const script = `umask 027; exec "$@"`;
    const words = [process.execPath, program, ...submitting(['-']), '--json'];
    const { stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', ...words], {
      encoding: 'utf8',
      input: '{"n":1}',
      env: cleanEnvironment(),
    });
    expect(await modesIn({ stdout, stderr })).toEqual(['750', '440', '440']);
  });
});
