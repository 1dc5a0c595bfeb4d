/** What the file system of the root can do. Entries need a rename of a folder; the queue needs shared memory and locks. */
import { randomUUID } from 'node:crypto';
import { lstat, realpath, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { doctoredPlaces } from '../../compose/upkeep/doctor-root.ts';
import { errnoOf } from '../../core/model/errors.ts';
import { ok, problem, warning, type Check, type Result, type Subject } from './check.ts';
import { ifThere, kindOf } from './root-there.ts';

export const fileSystemChecks: readonly Check[] = [
  { name: 'file system', look: ifThere(oneFileSystem) },
  { name: 'kind of disk', look: ifThere(network) },
  { name: 'links', look: ifThere(links) },
  { name: 'case', look: ifThere(letters) },
];

/** Entries are published by a rename from `.cab`, so both must be on one file system. */
async function oneFileSystem({ options: { root } }: Subject): Promise<Result> {
  const { entries, private: own } = doctoredPlaces(root);
  const devices = new Map<number, string>();
  for (const path of [root, entries, own])
    if ((await kindOf(path)) === 'directory') devices.set((await stat(path)).dev, path);
  if (devices.size === 1) return ok('one, so that entries appear whole');
  return problem(
    `${[...devices.values()].join(' and ')} lie on different file systems`,
    'Mount the root as a whole: a result is moved into its place by one rename.',
  );
}

/** Kinds of file systems by the number that `statfs` returns on Linux. Source: statfs(2). */
const networkKinds: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x01021997, '9P'],
]);

/** Processes share the queue's log through memory. Two machines cannot. */
async function network({ options: { root } }: Subject): Promise<Result> {
  const kind = networkKinds.get((await statfs(root)).type);
  return kind === undefined
    ? ok('a local disk, as far as the system tells')
    : warning(
        `the root lies on ${kind}`,
        'One machine alone may work on it: give the others a daemon there, with --url.',
      );
}

/** An entry behind a link that leads out of the root is not an entry. */
async function links({ options: { root } }: Subject): Promise<Result> {
  const { entries, index, private: own } = doctoredPlaces(root);
  const inside = (await realpath(root)) + sep;
  for (const path of [entries, index, own]) {
    if (!(await isLink(path))) continue;
    const target = await targetOf(path);
    if (target === undefined || !target.startsWith(inside))
      return problem(
        `${path} is a link to ${target ?? 'nothing'}`,
        'Links are not followed out of the root: move the whole root, and name it with --cas-root.',
      );
  }
  return ok('none leads out of the root');
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function targetOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** If `Song` and `song` are one file, only one of the two tracks can have a pointer. */
async function letters({ options: { root } }: Subject): Promise<Result> {
  const name = `.cab-doctor-a-${randomUUID()}`;
  const file = join(root, name);
  await writeFile(file, '', { flag: 'wx' });
  try {
    return (await kindOf(join(root, name.toUpperCase()))) === 'nothing'
      ? ok('upper and lower case differ, so tracks that differ in case are two')
      : warning(
          'upper and lower case are the same to this file system',
          'Tracks whose names differ only in case share one pointer: give them other names.',
        );
  } finally {
    await rm(file, { force: true });
  }
}
