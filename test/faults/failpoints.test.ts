import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cab, type Ended } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { places, struck, type Place, type Scene } from './rig/places.ts';
import { chooseSeed, isLong, longTimeout, someOf } from './rig/sizes.ts';

/** What the disk may answer. SQLite has names of its own. */
const diskFailures = [
  { errno: 'ENOSPC', sqlite: 'SQLITE_FULL', says: /no space|ENOSPC/i },
  { errno: 'EACCES', sqlite: 'SQLITE_READONLY', says: /not permitted|cannot be written|EACCES/ },
  { errno: 'EIO', sqlite: 'SQLITE_IOERR_WRITE', says: /EIO|could not be read or written/ },
];

const seed = chooseSeed('failpoints');

const struckPlaces = struck(places, seed);

const runner =
  'sh:echo working; for n in 1 2 3; do cat "$CAB_FEATURES_PATH"; done > "$CAB_ARTIFACT_PATH"';
const song = '{"tempo":120}';
const other = '{"tempo":60}';
/** Longer than what the job store takes: it lies in a file from the start. */
const sentSong = song.padEnd(1 << 17);
const computed = (input: string): string => input.repeat(3);

interface Root {
  readonly root: string;
  /** The song, as it is handed in. */
  readonly text: string;
  /** Hands the song in, so that the place is passed. */
  readonly song: (env?: Record<string, string>) => Promise<Ended>;
  readonly other: () => Promise<Ended>;
}

async function rootFor(scene: Scene): Promise<Root> {
  const dir = await tempDir();
  const root = join(dir, 'tree');
  const store = ['--cas-root', root, '--runner', runner, '--wait', '--retries', '0'];
  const files = { song: join(dir, 'song.json'), other: join(dir, 'other.json') };
  await writeFile(files.song, song);
  await writeFile(files.other, other);
  const handIn = (env = {}) =>
    scene === 'sent input'
      ? cab(['submit', '-', '--track', 'song', ...store], { env, input: sentSong })
      : cab(['submit', files.song, ...store], { env });
  if (scene === 'corrupt entry') {
    const first = await handIn();
    const artifact = /\S+$/.exec(first.stdout.trim())?.[0] ?? '';
    await chmod(artifact, 0o644);
    await writeFile(artifact, 'damaged');
  }
  const text = scene === 'sent input' ? sentSong : song;
  const handInOther = () => cab(['submit', files.other, '--adopt', ...store]);
  return { root, text, song: handIn, other: handInOther };
}

/** Nobody may ever see part of anything, nor a pointer that leads nowhere. */
async function expectWhole(root: string, scene: Scene): Promise<void> {
  const { wrong } = await inspectTree(root);
  // The damaged entry, until it is replaced, and its pointer while it is in quarantine.
  const known = /bytes do not match|^pointer song\.json/;
  expect(wrong.filter((text) => scene !== 'corrupt entry' || !known.test(text))).toEqual([]);
}

async function expectComputed(root: string, tracks: Record<string, string>): Promise<void> {
  expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
  for (const [track, input] of Object.entries(tracks))
    expect(await cab(['get', track, '--cas-root', root])).toMatchObject({
      code: 0,
      stdout: computed(input),
    });
}

async function jobsIn(root: string): Promise<number> {
  return Object.values(await countsOf(root)).reduce((sum, count) => sum + count, 0);
}

async function countsOf(root: string): Promise<Record<string, number>> {
  const { stdout } = await cab(['status', '--json', '--cas-root', root]);
  return (JSON.parse(stdout) as { counts: Record<string, number> }).counts;
}

describe('a process killed with SIGKILL', () => {
  const killed = struckPlaces.filter(({ scene }) => scene !== 'daemon');
  it.each(someOf(killed, 5, seed))(
    'at $at leaves whole entries, and a command that adopts it finishes the job',
    async ({ place, pass, scene }) => {
      const { root, text, song: handIn, other: handInOther } = await rootFor(scene);
      const before = await jobsIn(root);
      const killed = await handIn({ CAB_FAILPOINTS: `${place}=kill${pass}` });
      expect(killed.signal).toBe('SIGKILL');
      await expectWhole(root, scene);
      const wasAccepted = (await jobsIn(root)) > before;
      expect(wasAccepted || killed.stdout === '').toBe(true);

      expect(await handInOther()).toMatchObject({ code: 0 });
      if (!wasAccepted) expect(await handIn()).toMatchObject({ code: 0 });
      await expectComputed(root, { song: text, other });
      expect(await countsOf(root)).toEqual({
        pending: 0,
        running: 0,
        done: before + 2,
        error: 0,
        canceled: 0,
      });
    },
  );
});

describe('a process killed with SIGKILL once its hit is accepted', () => {
  it.each(someOf(['job.accepted', 'pointer.temp', 'pointer.synced'], 1, seed))(
    'at %s leaves a track whose pointer the next worker has follow',
    async (place) => {
      const dir = await tempDir();
      const root = join(dir, 'tree');
      const store = ['--cas-root', root, '--runner', runner, '--wait'];
      const submit = async (text: string, track: string, env = {}): Promise<Ended> => {
        await writeFile(join(dir, 'any.json'), text);
        return cab(['submit', join(dir, 'any.json'), '--track', track, ...store], { env });
      };
      for (const text of [song, other])
        expect(await submit(text, 'one')).toMatchObject({ code: 0 });
      expect(await submit(song, 'one', { CAB_FAILPOINTS: `${place}=kill` })).toMatchObject({
        signal: 'SIGKILL',
      });
      expect(await submit('{"tempo":90}', 'two')).toMatchObject({ code: 0 });
      expect(await countsOf(root)).toMatchObject({ done: 4, running: 0 });
      await expectComputed(root, { one: song, two: '{"tempo":90}' });
    },
  );
});

/** After these the work is done, whatever is reported: only a kill says something. */
const killedAlone = new Set(['queue.committed', 'job.accepted', 'job.settled']);
const failuresAt = (where: readonly Place[]) =>
  where
    .filter(({ place }) => !killedAlone.has(place))
    .flatMap((place, n) =>
      diskFailures
        .filter((_, kind) => isLong || (n + seed) % 3 === kind)
        .map((failure) => ({ ...place, ...failure })),
    )
    .map((one) => ({ ...one, action: one.place.startsWith('queue.') ? one.sqlite : one.errno }));

describe('a disk that answers', () => {
  // In the short form an eighth of the kinds, others with another seed.
  const chosen = failuresAt(struckPlaces.filter(({ scene }) => scene !== 'daemon')).filter(
    (_, n) => isLong || n % 8 === seed % 8,
  );

  it.each(chosen)(
    '$action at $at ends the job with a clear error, and the next one works',
    async ({ place, pass, scene, action, says }) => {
      const { root, text, song: handIn, other: handInOther } = await rootFor(scene);
      const failed = await handIn({ CAB_FAILPOINTS: `${place}=${action}${pass}` });
      expect(failed.signal).toBeNull();
      // What is not of the job (its log), or is tried again (its settlement), need not fail it.
      if (failed.code !== 0) {
        expect(failed).toMatchObject({ code: 4, stderr: expect.stringMatching(says) });
        expect(failed.stderr).not.toContain('defect');
      }
      await expectWhole(root, scene);
      expect((await inspectTree(root)).leftovers).toEqual([]);
      if (failed.code === 0) await expectComputed(root, { song: text });

      expect(await handInOther()).toMatchObject({ code: 0 });
      expect(await handIn()).toMatchObject({ code: 0 });
      await expectComputed(root, { song: text, other });
    },
  );
});

describe('a daemon whose disk answers', () => {
  const chosen = failuresAt(
    places.filter(
      ({ place, pass }) => /^(entry|pointer|temporary|input|job|log)/.test(place) && pass === '',
    ),
  ).filter((_, n) => isLong || n % 12 === seed % 12);

  it.each(chosen)(
    '$action at $place, once, goes on with the next job',
    { timeout: longTimeout },
    async ({ place, action, says }) => {
      const root = join(await tempDir(), 'tree');
      const args = ['--runner', runner, '--retries', '0', '--concurrency', '1'];
      const env = { CAB_FAILPOINTS: `${place}=${action}@1` };
      const daemon = await daemonProcess({ root, args, env });
      const first = await send(daemon.url, song, 'song');
      if (!isDone(first.job)) expect(JSON.stringify(first)).toMatch(says);
      expect(await send(daemon.url, other, 'other')).toMatchObject({ job: { status: 'done' } });
      expect(await send(daemon.url, song, 'song')).toMatchObject({ job: { status: 'done' } });
      await expectComputed(root, { song, other });
      expect(await daemon.end('SIGTERM')).toBe(0);
    },
  );
});

describe('a daemon that cannot say who it is', () => {
  it.each(failuresAt(places.filter(({ scene }) => scene === 'daemon')))(
    'because of $action at $place refuses to start, and the next one starts',
    async ({ place, action, says }) => {
      const root = join(await tempDir(), 'tree');
      const refused = await cab(['serve', '--port', '0', '--cas-root', root, '--runner', runner], {
        env: { CAB_FAILPOINTS: `${place}=${action}` },
      });
      expect(refused).toMatchObject({ code: 4, stderr: expect.stringMatching(says) });
      const daemon = await daemonProcess({ root, args: ['--runner', runner] });
      expect(await send(daemon.url, song, 'song')).toMatchObject({ job: { status: 'done' } });
      expect(await daemon.end('SIGTERM')).toBe(0);
    },
  );
});

const isDone = (job: { status?: string }): boolean => job.status === 'done';

async function send(url: string, input: string, track_id: string) {
  const answer = await fetch(`${url}/echo/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=30' },
    body: `{"features":${input},"track_id":"${track_id}"}`,
  });
  return { status: answer.status, job: (await answer.json()) as { status?: string } };
}
