/** The root: there, ours to write, one file system, able to keep what it is given, with room left. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { makeDirectory } from '../../core/cas/durable.ts';
import { layoutOf } from '../../core/cas/layout.ts';
import { errnoOf } from '../../core/errors.ts';
import { fixed, ok, problem, warning, type Check, type Result, type Subject } from './check.ts';

/** Less than this is soon used up. Bytes. */
const littleSpace = 1 << 30;

export const rootChecks: readonly Check[] = [
  { name: 'root', look: there },
  { name: 'writing', look: ifThere(writing) },
  { name: 'file system', look: ifThere(oneFileSystem) },
  { name: 'space', look: ifThere(space) },
];

async function there({ options: { root }, fix }: Subject): Promise<Result> {
  const found = await kindOf(root);
  if (found === 'directory') return ok(root);
  if (found === 'other')
    return problem(
      `${root} is not a directory`,
      'Move it away, or choose another root with --cas-root.',
    );
  if (!fix)
    return warning(`${root} is not there yet`, 'The first job makes it; so does: cab doctor --fix');
  await makeDirectory(root);
  return fixed(`${root} was made`);
}

/** Writes, syncs and renames as a publication does. */
async function writing({ options: { root } }: Subject): Promise<Result> {
  const draft = join(root, `.cab-doctor-${randomUUID()}`);
  const final = `${draft}.renamed`;
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile('x');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, final);
    await syncDirectory(root);
    return ok('write, fsync and rename work');
  } finally {
    await rm(draft, { force: true });
    await rm(final, { force: true });
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Entries are published by a rename from the private directory, which cannot leave its file system. */
async function oneFileSystem({ options: { root } }: Subject): Promise<Result> {
  const { entries, private: own } = layoutOf(root);
  const devices = new Map<number, string>();
  for (const path of [root, entries, own])
    if ((await kindOf(path)) === 'directory') devices.set((await stat(path)).dev, path);
  if (devices.size === 1) return ok('one, so that entries appear whole');
  return problem(
    `${[...devices.values()].join(' and ')} lie on different file systems`,
    'Mount the root as a whole: a result is moved into its place by one rename.',
  );
}

async function space({ options: { root } }: Subject): Promise<Result> {
  const { bavail, bsize, ffree, files } = await statfs(root);
  const free = bavail * bsize;
  if (files > 0 && ffree === 0) return problem('no inodes are left', 'Remove files on this disk.');
  return free < littleSpace
    ? warning(`${prettyBytes(free)} free`, 'Free some space on the disk of the root.')
    : ok(`${prettyBytes(free)} free`);
}

function ifThere(look: Check['look']): Check['look'] {
  return async (subject) => {
    const { root } = subject.options;
    if ((await kindOf(root)) !== 'directory') return ok('nothing to look at yet');
    try {
      return await look(subject);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      return problem(`${root}: ${errno}`, 'Check the permissions and the disk of the root.');
    }
  };
}

async function kindOf(path: string): Promise<'directory' | 'other' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'nothing';
    if (errnoOf(error) === 'ENOTDIR') return 'other';
    throw error;
  }
}
