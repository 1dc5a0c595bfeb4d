/**
 * Files that are written before they move to their place: `.cab/tmp/<machine>-<pid>-<started>-<uuid>`. The name tells the
 * owner, so that a file of a killed process can be told from one that is being written.
 */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, renameSync, write, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../../core/model/errors.ts';
import { failpoint } from '../failpoints.ts';
import { currentOwner, isAlive } from '../process/owner.ts';
import { makeDirectory, syncDescriptor } from './durable.ts';
import { namesIn } from './names-in.ts';
import { removeTree } from './remove-tree.ts';
import type { TellStuck } from './stuck.ts';

/** The directories for a root's own files, absolute. `private` is closed to other users; `temporary` lies in it. */
export interface TemporaryPlace {
  readonly private: string;
  readonly temporary: string;
}

/** Adds a root's directory for files that can be made again. It may be emptied at any time. */
export interface CachePlace extends TemporaryPlace {
  readonly cache: string;
}

/** A unique name in `.cab/tmp` that tells a sweep its owner. */
export const temporaryName = (): string => `${prefix()}-${randomUUID()}`;

/** Writes a temporary file, flushes it and renames it to its place. The caller flushes the directory. */
export function writeThrough(
  layout: TemporaryPlace,
  place: string,
  bytes: Uint8Array | string,
  written: () => void = () => undefined,
): Promise<void> {
  return replaceFile(layout, place, bytes, async (descriptor) => {
    await syncDescriptor(descriptor);
    written();
  });
}

/** Files below `.cab` are for the owner of the root only. Files beside it, such as pointers, are read by web servers, too. */
const modeAt = (layout: TemporaryPlace, place: string): number =>
  place.startsWith(layout.private + sep) ? 0o600 : 0o644;

/** As `writeThrough`, but flushed only by `flush`. A reader sees the old file or the new one. */
export async function replaceFile(
  layout: TemporaryPlace,
  place: string,
  bytes: Uint8Array | string,
  flush: (descriptor: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const file = join(layout.temporary, temporaryName());
  try {
    failpoint('temporary.making');
    const descriptor = await openTemporary(layout, file, modeAt(layout, place));
    try {
      await writeAll(descriptor, bytes);
      failpoint('temporary.written');
      await flush(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(file, place);
  } catch (error) {
    // If the file cannot be removed, a later sweep removes it. The caller gets the original error.
    await removeTree(file);
    throw error;
  }
}

/** The directory is made if it is not there: to look for it each time would take as long as opening the file. */
async function openTemporary(
  { temporary }: TemporaryPlace,
  file: string,
  mode: number,
): Promise<number> {
  try {
    return openSync(file, 'wx', mode);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    await makeDirectory(temporary);
    return openSync(file, 'wx', mode);
  }
}

/**
 * Small content is written at once, because waiting for another thread takes longer. Large content must not block this thread.
 */
async function writeAll(descriptor: number, bytes: Uint8Array | string): Promise<void> {
  if (bytes.length <= largestAtOnce) {
    writeFileSync(descriptor, bytes);
    return;
  }
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  for (let at = 0; at < all.length;) {
    const { bytesWritten } = await writeSome(descriptor, all, at, all.length - at);
    at += bytesWritten;
  }
}

const largestAtOnce = 1 << 20;
const writeSome = promisify(write);

/** Writes a block to disk and removes it again. Throws as any write to the root would. */
export async function tryWriting(layout: TemporaryPlace): Promise<void> {
  await makeDirectory(layout.temporary);
  const file = join(layout.temporary, temporaryName());
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    try {
      writeFileSync(descriptor, Buffer.alloc(4096, 1));
      await syncDescriptor(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    await removeTree(file);
  }
}

/** Removes files that no living process is writing. */
export async function sweepTemporary(layout: TemporaryPlace, tell: TellStuck): Promise<number> {
  let swept = 0;
  for (const file of await leftTemporary(layout)) {
    const stuck = await removeTree(file);
    if (stuck === undefined) swept += 1;
    else tell(stuck);
  }
  return swept;
}

/** Paths of files that no living process is writing. */
export async function leftTemporary(layout: TemporaryPlace): Promise<string[]> {
  const left: string[] = [];
  for (const name of await namesIn(layout.temporary)) {
    const file = join(layout.temporary, name);
    if (await isLeft(file)) left.push(file);
  }
  return left;
}

const dayMs = 24 * 60 * 60 * 1000;

async function isLeft(file: string): Promise<boolean> {
  const [machine, pid, started] = basename(file).split('-');
  const owner = { ...currentOwner(), pid: Number(pid), started: started ?? '' };
  if (machine === machineTag()) return isAlive(owner) === false;
  // It comes from another machine or boot, so nobody here can tell whether its process lives.
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

let knownTag: string | undefined;

const machineTag = (): string =>
  (knownTag ??= createHash('sha256').update(currentOwner().machine).digest('hex').slice(0, 12));
