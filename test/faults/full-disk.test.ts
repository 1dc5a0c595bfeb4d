import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { smallDisk } from '../helpers/small-disk.ts';
import { ownedTempDir, type TempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';
import { chooseSeed, longTimeout, sizeOf, someOf } from './rig/sizes.ts';

describe('a disk that fills up', () => {
  let dir: TempDir | undefined;
  let disk: string | undefined;
  afterEach(async () => {
    if (disk !== undefined) execFileSync('umount', ['-l', disk]);
    disk = undefined;
    await dir?.remove();
  });

  it('ends the job with a clear error, keeps what stood, and goes on once there is room', async (test) => {
    dir = await ownedTempDir();
    disk = smallDisk(dir.path);
    if (disk === undefined) return test.skip('a small file system cannot be mounted here');
    const root = join(disk, 'tree');
    const song = join(dir.path, 'song.json');
    const other = join(dir.path, 'other.json');
    await writeFile(song, '{"n":1}');
    await writeFile(other, '{"n":2}');
    const copying = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
    const submit = (file: string, runner = copying) =>
      cab(['submit', file, '--runner', runner, '--cas-root', root, '--wait', '--retries', '0']);
    expect(await submit(song)).toMatchObject({ code: 0 });

    // The runner itself hits the wall, and says so at length.
    const greedy = await submit(
      other,
      'sh:head -c 9000000 /dev/zero > "$CAB_ARTIFACT_PATH"; s=$?; yes | head -c 500000; exit $s',
    );
    expect(greedy).toMatchObject({ code: 1, signal: null });
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });

    // No room to accept anything at all.
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(3_000_000)).catch(() => undefined);
    const refused = await submit(other);
    expect(refused).toMatchObject({ code: 4, signal: null, stdout: '' });
    expect(refused.stderr).toMatch(/no space|full/i);
    expect(await cab(['get', 'song', '--cas-root', root])).toMatchObject({
      code: 0,
      stdout: '{"n":1}',
    });

    await rm(filler);
    expect(await submit(other)).toMatchObject({ code: 0 });
    const tree = await inspectTree(root);
    expect(tree).toMatchObject({ wrong: [], leftovers: [] });
    expect(tree.entries).toHaveLength(2);
  });

  it.runIf(process.getuid?.() === 0)(
    'leaves the spine that was there, and nothing else, where another is imported',
    async (test) => {
      dir = await ownedTempDir();
      disk = smallDisk(dir.path, 'size=1m');
      if (disk === undefined) return test.skip('a small file system cannot be mounted here');
      const [small, large] = [join(dir.path, 'small.csv'), join(dir.path, 'large.csv')];
      const rows = (count: number): string =>
        Array.from({ length: count }, (_, n) => `artist ${n},song,1999,120,0.5,0.5,-6\n`).join('');
      const header = 'artist,title,year,tempo,valence,energy,loudness\n';
      await writeFile(small, header + rows(10));
      await writeFile(large, header + rows(20_000));
      const out = join(disk, 'spine.db');
      const importing = (csv: string) => cab(['spine', 'import', csv, '--out', out]);
      expect(await importing(small)).toMatchObject({ code: 0 });
      const before = await readFile(out);
      expect(await importing(large)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('no space left') as unknown,
      });
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      expect(await importing(small)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('EROFS') as unknown,
      });
      expect(await readdir(disk)).toEqual(['spine.db']);
      expect(await readFile(out)).toEqual(before);
    },
  );

  const shortages = [
    ['room', `size=${sizeOf('DISK_MIB', 8, 16)}m`],
    ['inodes', `size=64m,nr_inodes=${sizeOf('DISK_INODES', 200, 3000)}`],
  ] as const;
  const seed = chooseSeed('full disk');
  it.each(someOf(shortages, 1, seed))(
    'has no %s left under a daemon, which refuses by name, serves on, and works again when there is some',
    { timeout: longTimeout },
    async (_, limits) => {
      dir = await ownedTempDir();
      disk = smallDisk(dir.path, limits);
      if (disk === undefined) return;
      const root = join(disk, 'tree');
      const runner =
        'sh:head -c 40000 /dev/zero >> "$CAB_ARTIFACT_PATH"; cat "$CAB_FEATURES_PATH" >> "$CAB_ARTIFACT_PATH"';
      const daemon = await daemonProcess({ root, args: ['--runner', runner, '--retries', '0'] });
      const done: string[] = [];
      const failed: { code: string }[] = [];
      // Who meets the wall first, a runner or the daemon, depends on how large rows and artifacts happen to be.
      const isTold = (): boolean => failed.some(({ code }) => code === 'no_space');
      for (let n = 0; failed.length < 5 || (!isTold() && failed.length < 500); n++) {
        const { job, problem } = await send(daemon.url, n);
        if (job !== undefined) done.push(job);
        if (problem !== undefined) failed.push(problem);
      }
      expect(done.length).toBeGreaterThan(5);
      // The runner's own words are its own.
      for (const { code } of failed) expect(['no_space', 'runner_failed']).toContain(code);
      expect(failed.map(({ code }) => code)).toContain('no_space');
      expect((await inspectTree(root)).wrong).toEqual([]);
      for (const key of done)
        expect((await fetch(`${daemon.url}/echo/${key}/output`)).status).toBe(200);

      // What was computed first makes room, for the log of the job store too, which grows to some MiB before it is folded.
      for (const key of done.splice(0, Math.ceil(done.length / 2)))
        await rm(join(root, 'echo', key), { recursive: true });
      await rm(join(root, 'echo/index'), { recursive: true, force: true });
      await until(async () => (await send(daemon.url, 1_000_000 + done.length)).job !== undefined);
      expect(await daemon.end('SIGTERM')).toBe(0);
      expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
    },
  );
});

async function send(url: string, n: number): Promise<{ job?: string; problem?: { code: string } }> {
  const answer = await fetch(`${url}/echo/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=30' },
    body: JSON.stringify({ features: { n } }),
  });
  const told = (await answer.json()) as {
    error: string | null;
    status?: string;
    problem?: { code: string } | null;
    config_hash?: string;
    source_hash?: string;
  };
  if (told.status === 'done') return { job: `${told.config_hash ?? ''}/${told.source_hash ?? ''}` };
  return { problem: told.problem ?? { code: told.error ?? '' } };
}
