/** Writes the bytes of a checked file to a file or a stream. */
import { randomUUID } from 'node:crypto';
import { constants, open as openPath } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { OpenedFile } from '../../core/engine/broker.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { outputError } from '../../support/files/output-error.ts';
import { isWithin, realPlace } from '../../support/paths/real-place.ts';

/**
 * Writes to a file, completely or not at all. Fails if the bytes do not match their digest. A link to the file stays a link. A device is written to, and so is a pipe
 * once it has a reader. Files in `root` belong to the store and are refused. Throws hash_mismatch, usage, no_space, io_error.
 */
export async function toFile(
  file: OpenedFile,
  target: string,
  root: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const place = (await realPlace(resolve(target))) ?? target;
    if (isWithin((await realPlace(root)) ?? root, place))
      throw new CabError(
        'usage',
        `${target} lies in the root ${root}, whose files are the store's`,
        {
          hint: 'Choose another place with --output.',
        },
      );
    const kind = await kindOf(place);
    if (kind === 'pipe') await toPipe(file, place, signal);
    else if (kind === 'special') await copyTo(file, place, 'w');
    else await replace(file, place);
  } catch (error) {
    throw outputError(error, target, 'choose another place with --output');
  }
}

/** `special`: a device or the like, which a new file in its place would remove. */
async function kindOf(path: string): Promise<'pipe' | 'special' | 'file'> {
  try {
    const stats = await stat(path);
    if (stats.isFIFO()) return 'pipe';
    return stats.isFile() || stats.isDirectory() ? 'file' : 'special';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'file';
    throw error;
  }
}

/**
 * Polls for a reader. A blocking `open`, or a write to a full pipe, would hold a thread of the process, and the
 * process would not end.
 */
async function toPipe(
  file: OpenedFile,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pipe = new Socket({ fd: await openForReader(path, signal), readable: false });
  await pipeline(file.stream(), pipe, signal === undefined ? {} : { signal });
}

async function openForReader(path: string, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await openDescriptor(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (errnoOf(error) !== 'ENXIO') throw error;
    }
    await delay(lookEveryMs, undefined, signal === undefined ? {} : { signal });
  }
}

const openDescriptor = promisify(openPath);
const lookEveryMs = 50;

async function replace(file: OpenedFile, place: string): Promise<void> {
  const draft = join(dirname(place), `.${basename(place)}.${randomUUID()}.tmp`);
  try {
    await copyTo(file, draft, 'wx');
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function copyTo(file: OpenedFile, path: string, how: 'w' | 'wx'): Promise<void> {
  const handle = await open(path, how);
  try {
    for await (const chunk of file.stream())
      await handle.writeFile(Buffer.from(chunk as Uint8Array));
    if (how === 'wx') await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes to a stream. Bytes that are not text are not written to a terminal. Throws usage. */
export async function toStream(
  file: OpenedFile,
  write: (chunk: Uint8Array) => Promise<void>,
  isTerminal: boolean,
): Promise<void> {
  let first = true;
  for await (const chunk of file.stream()) {
    const bytes = Buffer.from(chunk as Uint8Array);
    if (first && isTerminal && bytes.includes(0))
      throw new CabError('usage', `${file.name} is binary, and stdout is a terminal`, {
        hint: 'Save it with -o FILE, or say -o - to print it all the same.',
      });
    first = false;
    await write(bytes);
  }
}

/** Whether `If-None-Match` matches: a list of etags, quoted or not, or `*`. */
export const matchesEtag = (list: string, etag: string): boolean =>
  list
    .split(',')
    .map((tag) =>
      tag
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .some((tag) => tag === '*' || tag === etag);
