import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isErrorCode } from '../../src/core/model/errors.ts';
import { startServer } from '../../src/http/server/server.ts';
import { openBroker } from '../../src/index.ts';
import { cab } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { ownedTempDir, type TempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { verifyTree } from '../helpers/verifying.ts';
import { chooseSeed, isLong, longTimeout, someOf } from './rig/sizes.ts';
import { listening } from '../helpers/listening.ts';

const runner =
  'sh:echo log; echo further > "$(dirname "$CAB_ARTIFACT_PATH")/more.txt"; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
const right = { artifact: '{"n":1}', more: 'further\n' };

type Damage = (file: string) => Promise<void>;

/** All but the last leave the times of the file as they were, as a failing disk does. */
const damages: Record<string, Damage> = {
  'one bit flipped': (file) => keepingTimes(file, () => flip(file)),
  'cut off': (file) =>
    keepingTimes(file, async () => truncate(file, ((await lstat(file)).size / 2) | 0)),
  extended: (file) => keepingTimes(file, () => appendFile(file, 'x'.repeat(100))),
  emptied: (file) => keepingTimes(file, () => truncate(file, 0)),
  deleted: (file) => rm(file),
  'replaced by a directory': (file) => rm(file).then(() => mkdir(file)),
  'replaced by a link': (file) => rm(file).then(() => symlink('/etc/hostname', file)),
  'replaced by a FIFO': async (file) => {
    await rm(file);
    execFileSync('mkfifo', [file]);
  },
  'taken away from its readers': (file) => chmod(file, 0),
  'overwritten in another way': (file) =>
    unlocked(file, () => writeFile(file, 'other bytes altogether')),
};

async function keepingTimes(file: string, act: () => Promise<void>): Promise<void> {
  const { atime, mtime } = await lstat(file);
  await unlocked(file, act);
  await utimes(file, atime, mtime);
}

/** What is published is read-only, for all but the superuser. */
async function unlocked(file: string, act: () => Promise<void>): Promise<void> {
  const { mode } = await lstat(file);
  await chmod(file, mode | 0o200);
  await act();
  await chmod(file, mode);
}

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
}

/** Where each kind of file lies below the root; one that is named by chance is found by its directory. */
const targets: Record<string, (root: string) => Promise<string>> = {
  artifact: (root) => inEntry(root, 'output'),
  'further file': (root) => inEntry(root, 'more.txt'),
  manifest: (root) => inEntry(root, 'manifest.json'),
  pointer: async (root) => join(root, 'echo/index/song.json'),
  'jobs.db': async (root) => join(root, '.cab/jobs.db'),
  'jobs.db-wal': async (root) => join(root, '.cab/jobs.db-wal'),
  'daemon.json': async (root) => join(root, '.cab/daemon.json'),
  'watch.db': async (root) => join(root, '.cab/watch.db'),
  'kept input': (root) => firstIn(join(root, '.cab/inputs')),
  'staged file': (root) => firstIn(join(root, '.cab/staging/of-nobody-1')),
  log: (root) => firstIn(join(root, '.cab/logs')),
};

async function firstIn(dir: string): Promise<string> {
  const [name] = await readdir(dir);
  if (name === undefined) throw new Error(`nothing lies in ${dir}`);
  return join(dir, name);
}

async function inEntry(root: string, name: string): Promise<string> {
  const { config_hash, source_hash } = JSON.parse(
    await readFile(join(root, 'echo/index/song.json'), 'utf8'),
  ) as { config_hash: string; source_hash: string };
  return join(root, 'echo', config_hash, source_hash, name);
}

let home: TempDir;
let template: string;

/** A root with a file of each kind, left by a daemon that was killed: the log of the job store is still to be read. */
beforeAll(async () => {
  home = await ownedTempDir();
  template = join(home.path, 'template');
  const inbox = join(home.path, 'inbox');
  await mkdir(inbox);
  const daemon = await daemonProcess({
    root: template,
    args: ['--runner', runner, '--watch', inbox],
  });
  await writeFile(join(inbox, 'watched.features.json'), '{"n":2}');
  const answer = await fetch(`${daemon.url}/echo/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=30' },
    body: '{"features":{"n":1},"track_id":"song"}',
  });
  expect(await answer.json()).toMatchObject({ status: 'done' });
  await until(
    async () => (await fetch(`${daemon.url}/echo/index/watched.features.json`)).status === 200,
  );
  await daemon.end('SIGKILL');
  await rm(join(template, '.cab/daemon.sock'));
  await mkdir(join(template, '.cab/staging/of-nobody-1'), { recursive: true });
  await writeFile(join(template, '.cab/staging/of-nobody-1/part.json'), '{"half":');
});
afterAll(() => home.remove());

async function freshRoot(): Promise<string> {
  const root = join(home.path, `root-${Math.random()}`);
  await cp(template, root, { recursive: true, preserveTimestamps: true });
  return root;
}

const cases = Object.keys(targets).flatMap((target) =>
  Object.keys(damages).map((damage) => ({ target, damage })),
);
const seed = chooseSeed('damage');

describe('a daemon', () => {
  it.each(someOf(cases, cases.length / 2, seed))(
    'never serves wrong bytes where the $target is $damage, before or after it was read',
    async ({ target, damage }) => {
      for (const warm of [false, true]) {
        const root = await freshRoot();
        const broker = await openBroker({ root, runner, work: 'none' });
        const server = await startServer({ broker, ...listening(), version: 'test' });
        try {
          const { config_hash, source_hash } = await broker.pointer('song');
          const entry = `${server.address}/echo/${config_hash}/${source_hash}`;
          if (warm) await expectRightOrNamed(entry, true);
          const file = (await targets[target]?.(root)) ?? '';
          await damages[damage]?.(file);
          await expectRightOrNamed(entry, false);
          await expectNamed(`${server.address}/echo/index/song.json`);
          await expectNamed(`${server.address}/echo/jobs`);
        } finally {
          await server.close(1000);
          await broker.close();
          await rm(root, { recursive: true, force: true });
        }
      }
    },
  );
});

async function expectRightOrNamed(entry: string, sound: boolean): Promise<void> {
  for (const [name, bytes] of [
    ['output', right.artifact],
    ['more.txt', right.more],
  ]) {
    const answer = await fetch(`${entry}/${name ?? ''}`);
    const text = await answer.text();
    if (answer.status === 200) expect(text).toBe(bytes);
    else {
      expect(sound).toBe(false);
      expectError(text);
    }
  }
}

/** Whatever is answered is a document of ours or an error that has a name. */
async function expectNamed(url: string): Promise<void> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (answer.status !== 200) expectError(text);
  else expect(() => JSON.parse(text) as unknown).not.toThrow();
}

function expectError(text: string): void {
  const { error } = JSON.parse(text) as { error: string };
  expect(isErrorCode(error)).toBe(true);
  expect(error).not.toBe('internal');
}

describe('cab get', () => {
  it.each(cases.filter((_, n) => isLong || n % 36 === seed % 36))(
    'gives right bytes or a named error where the $target is $damage',
    { timeout: longTimeout },
    async ({ target, damage }) => {
      const root = await freshRoot();
      const file = (await targets[target]?.(root)) ?? '';
      await damages[damage]?.(file);
      const got = await cab(['get', 'song', '--cas-root', root]);
      if (got.code === 0) expect(got.stdout).toBe(right.artifact);
      else {
        expect([3, 4, 6]).toContain(got.code);
        expect(got).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^error: /) });
        expect(got.stderr).not.toContain('defect');
      }
      await rm(root, { recursive: true, force: true });
    },
  );
});

/**
 * What no check can see: a log and the daemon's file have no digest, a write-ahead log ends where its first broken
 * record is, and SQLite keeps none of its pages, so that there a bit may change one value into another.
 */
const unseen = (target: string, damage: string): boolean =>
  ['jobs.db-wal', 'daemon.json', 'log'].includes(target) ||
  (['jobs.db', 'watch.db'].includes(target) &&
    ['one bit flipped', 'extended', 'cut off', 'emptied', 'deleted'].includes(damage)) ||
  (target === 'kept input' && damage === 'deleted') ||
  // An etag that is not the entry's is a note: the entry counts. Which bit it is depends on the file.
  (target === 'pointer' && damage === 'one bit flipped') ||
  // Nothing is closed to root.
  (damage === 'taken away from its readers' && process.getuid?.() === 0);

describe('cab verify', () => {
  it.each(cases.filter(({ target, damage }) => !unseen(target, damage)))(
    'names the $target that is $damage',
    async ({ target, damage }) => {
      const root = await freshRoot();
      const sound = await verifyTree(root);
      expect(sound.findings.map(({ path }) => path)).toEqual(['.cab/staging/of-nobody-1']);
      const file = (await targets[target]?.(root)) ?? '';
      await damages[damage]?.(file);
      const { findings } = await verifyTree(root);
      const named = findings.map(({ path }) => join(root, path));
      // Of a directory in staging, what is in it is nobody's any more.
      expect(named).toContain(target === 'staged file' ? join(file, '..') : file);
    },
  );
});
