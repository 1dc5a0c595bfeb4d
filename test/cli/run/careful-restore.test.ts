import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallDisk } from '../../helpers/small-disk.ts';
import { runProject, type RunProject } from './project.ts';

describe('a hit of cab run', () => {
  let { dir, path, run, sh } = {} as RunProject;
  let disk: string | undefined;
  beforeEach(async () => {
    ({ dir, path, run, sh } = await runProject());
  });
  afterEach(() => {
    if (disk !== undefined) execFileSync('umount', [disk]);
    disk = undefined;
  });

  const leftovers = (folder: string) =>
    readdirSync(folder).filter((name) => name.startsWith('.cab-'));

  it('changes nothing if a folder with something in it stands in the place of a file', async () => {
    const flags = ['-o', 'a', '-o', 'b', '-o', 'sub/c'];
    const line = 'mkdir -p sub; for each in a b sub/c; do echo made > $each; done';
    await sh(flags, line);
    for (const each of ['a', 'b', 'sub']) await rm(path(each), { recursive: true });
    await mkdir(path('b'));
    await writeFile(path('b/mine'), 'mine\n');
    const { code, stderr } = await sh(flags, line);
    expect(code).toBe(125);
    expect(stderr).toContain('b is a folder, and the output is a file');
    expect(stderr).toContain('Move it away.');
    expect(readFileSync(path('b/mine'), 'utf8')).toBe('mine\n');
    expect(readdirSync(dir).filter((name) => ['a', 'sub'].includes(name))).toEqual([]);
    expect(leftovers(dir)).toEqual([]);
  });

  it('changes nothing on a full disk, and leaves no folder', async ({ skip }) => {
    disk = smallDisk(dir);
    skip(disk === undefined, 'this user mounts no file systems');
    const flags = ['-o', 'disk/x', '-o', 'disk/y'];
    const line =
      'mkdir -p disk/x; for each in x/1 x/2 y; do head -c 600000 /dev/zero > disk/$each; done';
    await sh(flags, line);
    const own = disk ?? '';
    await rm(join(own, 'x'), { recursive: true });
    await writeFile(join(own, 'y'), 'mine');
    execFileSync('sh', ['-c', `head -c 1200000 /dev/zero > ${join(own, 'full')}`]);
    const { code, stderr } = await sh(flags, line);
    expect(code).toBe(125);
    expect(stderr).toContain('no space left on the disk');
    expect(readdirSync(own).sort()).toEqual(['full', 'y']);
    expect(readFileSync(join(own, 'y'), 'utf8')).toBe('mine');
  });

  it('brings back folders that are empty', async () => {
    const line = 'mkdir -p build/empty/inner build/full; echo x > build/full/file';
    await sh(['-o', 'build'], line);
    await rm(path('build'), { recursive: true });
    await mkdir(path('build/other'), { recursive: true });
    await sh(['-o', 'build'], line);
    expect(readdirSync(path('build')).sort()).toEqual(['empty', 'full']);
    expect(readdirSync(path('build/empty'))).toEqual(['inner']);
    await rm(path('build'), { recursive: true });
    await sh(['-o', 'empty'], 'mkdir empty');
    await rm(path('empty'), { recursive: true });
    await sh(['-o', 'empty'], 'mkdir empty');
    expect(readdirSync(path('empty'))).toEqual([]);
  });

  it('is refused from the start for outputs that are the store, or belong to git', async () => {
    await sh([], 'true');
    for (const output of ['data', '.git', 'data/echo_cas/x', '.git/config']) {
      const { code } = await sh(['-o', output], 'true');
      expect(code).toBe(125);
    }
    expect(existsSync(path('data/echo_cas'))).toBe(true);
  });

  it('is not promised for an output behind a link', async () => {
    await mkdir(path('real'));
    await symlink('real', path('link'));
    const { code, stderr } = await sh(['-o', 'link/out'], 'echo x > link/out');
    expect(code).toBe(125);
    expect(stderr).toContain('the output link/out lies behind link, which is a link');
    expect(readlinkSync(path('link'))).toBe('real');
  });

  it('clears what a killed one left, which is no input and no output', async () => {
    const flags = ['-i', '.', '-o', 'build'];
    const line = 'mkdir -p build; cat in.txt > build/out';
    await sh(flags, line);
    const rest = '.cab-4194304-3132-0123456789ab.tmp';
    const now = path('build/.cab-4194304-3132-0123456789ac.tmp');
    for (const file of [path(rest), path(`build/${rest}`), now]) await writeFile(file, 'half');
    await utimes(path(`build/${rest}`), 1, 1);
    expect((await sh(['--dry-run', ...flags], line)).stdout).toMatch(/hit/);
    await sh(['--force', ...flags], line);
    await rm(path('build/out'));
    expect((await sh(flags, line)).stderr).toMatch(/hit/);
    // The young one may be that of a process that cannot be seen from here.
    expect(readdirSync(path('build')).sort()).toEqual([now.slice(now.lastIndexOf('/') + 1), 'out']);
    const { stdout } = await run(['--json', ...flags, '--shell', '--', line]);
    expect(JSON.parse(stdout)).toMatchObject({ outputs: ['build/out'] });
  });
});
