/** The root: it exists, can be written, keeps what is written, and has free space. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { makeDirectory } from '../../support/files/durable.ts';
import { fixed, ok, problem, warning, type Check, type Result, type Subject } from './check.ts';
import { ifThere, kindOf } from './root-there.ts';

/** Bytes. With less free space a warning is due. */
const littleSpace = 1 << 30;

export const rootChecks: readonly Check[] = [
  { name: 'root', look: there },
  { name: 'writing', look: ifThere(writing) },
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

async function space({ options: { root } }: Subject): Promise<Result> {
  const { bavail, bsize, ffree, files } = await statfs(root);
  const free = bavail * bsize;
  if (files > 0 && ffree === 0) return problem('no inodes are left', 'Remove files on this disk.');
  return free < littleSpace
    ? warning(`${prettyBytes(free)} free`, 'Free some space on the disk of the root.')
    : ok(`${prettyBytes(free)} free`);
}
