/**
 * Files on their way to their place, `.cab/tmp/<machine>-<pid>-<started>-<uuid>`: their name says whose they are,
 * so that what a killed process left can be told from what another is writing just now.
 */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf } from '../errors.ts';
import { sha256 } from '../hashing/digest.ts';
import { currentOwner, isAlive } from '../queue/owner.ts';
import { makeDirectory } from './durable.ts';
import type { Layout } from './layout.ts';
import { namesIn } from './names-in.ts';

/** Writes a file through a temporary one, flushed and renamed; the caller flushes the directory. */
export async function writeThrough(
  layout: Layout,
  place: string,
  bytes: Uint8Array | string,
  written: () => void = () => undefined,
): Promise<void> {
  const file = await newName(layout);
  try {
    const handle = await open(file, 'wx', 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    written();
    await rename(file, place);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Writes a block to the disk, and takes it away again. Throws as any write to the root would. */
export async function tryWriting(layout: Layout): Promise<void> {
  const file = await newName(layout);
  try {
    const handle = await open(file, 'wx', 0o644);
    try {
      await handle.writeFile(Buffer.alloc(4096, 1));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } finally {
    await rm(file, { force: true });
  }
}

async function newName(layout: Layout): Promise<string> {
  await makeDirectory(layout.temporary);
  return join(layout.temporary, `${prefix()}-${randomUUID()}`);
}

/** Removes what no living process is writing. */
export async function sweepTemporary(layout: Layout): Promise<void> {
  for (const name of await namesIn(layout.temporary)) {
    const file = join(layout.temporary, name);
    if (await isLeft(file)) await rm(file, { force: true });
  }
}

const dayMs = 24 * 60 * 60 * 1000;

async function isLeft(file: string): Promise<boolean> {
  const [machine, pid, started] = basename(file).split('-');
  const owner = { ...currentOwner(), pid: Number(pid), started: started ?? '' };
  if (machine === machineTag()) return isAlive(owner) === false;
  // Another machine's, or another boot's: nobody here can tell whether its process lives.
  try {
    return Date.now() - (await stat(file)).mtimeMs > dayMs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function prefix(): string {
  const { pid, started } = currentOwner();
  return `${machineTag()}-${pid}-${started.replaceAll('-', '_')}`;
}

const machineTag = (): string => sha256(currentOwner().machine).slice(0, 12);
