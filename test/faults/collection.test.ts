/** Collections in processes of their own: killed at every step, and in a loop beside all that others do. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { SqliteLedger } from '../../src/stores/sqlite/ledger.ts';
import type { GcReport } from '../../src/core/model/report/gc-report.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { cab, type Ended } from '../helpers/cab.ts';
import { age, ageEntries } from '../helpers/collection.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';
import { chooseSeed, someOf } from './rig/sizes.ts';

const runner = 'exec:cp {features} {artifact}';

async function filled(songs: number): Promise<{ dir: string; root: string; files: string[] }> {
  const dir = await tempDir();
  const root = join(dir, 'root');
  const files = Array.from({ length: songs }, (_, n) => join(dir, `song-${n}.json`));
  await Promise.all(files.map((file, n) => writeFile(file, `{"n":${n}}`)));
  return { dir, root, files };
}

describe('a collection killed with SIGKILL', () => {
  const seed = chooseSeed('collections');
  const steps = [
    ...['gc.condemned', 'gc.moved', 'gc.moved@3', 'gc.released'],
    ...['gc.doomed', 'gc.deleted', 'gc.deleted@3', 'gc.put-back'],
  ];
  it.each(someOf(steps, 1, seed))(
    'at %s leaves whole entries, and the next one does the rest',
    async (step) => {
      const { dir, root, files } = await filled(6);
      const submit = (track: string) =>
        cab([
          'submit',
          ...files.slice(0, 5),
          '--track',
          track,
          '--runner',
          runner,
          '--cas-root',
          root,
        ]);
      const gc = (env = {}) => cab(['gc', '--grace', '1ms', '--json', '--cas-root', root], { env });
      expect((await submit('{stem}')).code).toBe(0);
      // Entries that no track leads to any more.
      const index = join(root, 'echo/index');
      const pointers = await readdir(index);
      await cab([
        'submit',
        files[5] ?? '',
        '--track',
        'song-0',
        '--runner',
        runner,
        '--cas-root',
        root,
      ]);
      age(root);
      const jobs = new Sqlite(join(root, '.cab/jobs.db'));
      jobs.exec(`DELETE FROM history WHERE track_id <> 'song-0'`);
      jobs.close();
      const pointer = await readFile(join(index, 'song-1.json'));
      for (const name of pointers) if (name !== 'song-0.json') await rm(join(index, name));

      const isOfRemoval = ['gc.condemned', 'gc.moved', 'gc.released'].includes(
        step.split('@')[0] ?? '',
      );
      if (!isOfRemoval) expect((await gc()).code).toBe(0);
      if (step === 'gc.put-back') await writeFile(join(index, 'song-1.json'), pointer);
      const killed = await gc({
        CAB_FAILPOINTS: `${step.replace('@', '=kill@')}${step.includes('@') ? '' : '=kill'}`,
      });
      expect(killed.signal).toBe('SIGKILL');
      const between = await inspectTree(root);
      expect(between).toMatchObject({ leftovers: [] });
      if (step !== 'gc.put-back') expect(between.wrong).toEqual([]);
      if (step === 'gc.condemned') {
        // What a dead collection condemned is a hit as before, and at once.
        const hit = await cab([
          'submit',
          files[1] ?? '',
          '--track',
          'b',
          '--runner',
          runner,
          '--json',
          '--cas-root',
          root,
        ]);
        expect(JSON.parse(hit.stdout)).toMatchObject({ status: 'done', cached: true });
        await cab(['tracks', 'rm', 'b', '--cas-root', root]);
        age(root);
      }

      for (let round = 0; round < 2; round++) expect((await gc()).code).toBe(0);
      const after = await inspectTree(root);
      expect(after).toMatchObject({ wrong: [], leftovers: [] });
      expect(after.entries).toHaveLength(step === 'gc.put-back' ? 2 : 1);
      expect(await readdir(join(root, '.cab/trash'))).toEqual([]);
      const again = await submit('{stem}');
      expect(again).toMatchObject({ code: 0 });
      expect((await inspectTree(root)).entries).toHaveLength(6);
      expect(await readdir(dir)).toContain('song-0.json');
    },
  );
});

describe('collections in a loop', { timeout: 400_000 }, () => {
  it('beside a daemon, submitters of hits and readers, take nothing from any of them', async () => {
    const { root, files } = await filled(12);
    const daemon = await daemonProcess({ root, args: ['--runner', runner] });
    const queue = new Sqlite(join(root, '.cab/jobs.db'), { timeout: 5000 });
    await (await SqliteLedger.open(join(root, '.cab/ledger.db'))).close();
    const ledger = new Sqlite(join(root, '.cab/ledger.db'), { timeout: 5000 });
    const counts = { collections: 0, removed: 0, hits: 0, misses: 0 };
    const failures: string[] = [];
    const tell = (what: string, { code, stdout, stderr, signal }: Ended): void => {
      failures.push(`${what}: ${code} ${signal ?? ''} ${stdout.slice(-500)} ${stderr}`);
    };
    let stopped = false;
    const loop = async (work: (round: number) => Promise<void>): Promise<void> => {
      for (let round = 0; !stopped; round++) await work(round);
    };

    const collecting = loop(async () => {
      const policy = ['--keep-days', '1', '--grace', '1ms'];
      const ended = await cab(['gc', ...policy, '--json', '--cas-root', root]);
      if (ended.code !== 0) tell('gc', ended);
      else {
        counts.collections += 1;
        counts.removed += (JSON.parse(ended.stdout) as GcReport).entries.removed;
      }
    });
    // Everything seems old the moment it is there, again and again: what keeps it is who needs it.
    const aging = loop(async (round) => {
      ageEntries(root);
      if (round % 10 === 0) queue.exec(`UPDATE history SET at = '2020-01-01T00:00:00.000Z'`);
      if (round % 10 === 0) ledger.exec('UPDATE reads SET at = 0');
      await delay(3);
    });
    // One through the daemon, one on its own; each has a track, whose pointer nobody else moves.
    const submitting = [[], ['--offline']].map((how) =>
      loop(async (round) => {
        // Each twice: the first may have been collected, the second is a hit however fast the collections are.
        const n = (Math.floor(round / 2) * 7) % files.length;
        const track = `track${how.join('')}`;
        const submission = ['submit', files[n] ?? '', '--track', track, '--runner', runner];
        const ended = await cab([...submission, '--json', '--wait', '--cas-root', root, ...how]);
        if (ended.code !== 0) {
          tell('submit', ended);
          return;
        }
        counts[(JSON.parse(ended.stdout) as JobDocument).cached ? 'hits' : 'misses'] += 1;
        const got = await cab(['get', track, '--cas-root', root, ...how]);
        if (got.code !== 0 || got.stdout !== `{"n":${n}}`) tell(`get of ${n}`, got);
      }),
    );
    const isEnough = (): boolean =>
      counts.collections >= 6 && counts.hits >= 3 && counts.misses >= 6 && counts.removed >= 3;
    await until(() => failures.length > 0 || isEnough(), 200_000);
    stopped = true;
    await Promise.all([collecting, aging, ...submitting]);
    expect(await daemon.end('SIGTERM')).toBe(0);
    queue.close();
    ledger.close();
    expect(failures).toEqual([]);
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
  });
});
