/** Brings the bytes of a checked file where the user wants them. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { OpenedFile } from '../core/cas/entry-store.ts';
import { CabError, errnoOf } from '../core/errors.ts';
import { outputError } from '../core/output-error.ts';
import { isWithin, realPlace } from '../core/real-place.ts';

/**
 * Writes to a file: all of it, on disk, or nothing; a stream whose bytes do not match their digest fails. Where a link leads to the file, the link
 * stays; a device or a pipe is written to. What lies in `root` is the store's own. Throws hash_mismatch, usage, no_space, io_error.
 */
export async function toFile(file: OpenedFile, target: string, root: string): Promise<void> {
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
    if (await isSpecial(place)) await copyTo(file, place, 'w');
    else await replace(file, place);
  } catch (error) {
    throw outputError(error, target, '--output');
  }
}

/** What a file that takes its place would do away with. */
async function isSpecial(path: string): Promise<boolean> {
  try {
    const stats = await stat(path);
    return !stats.isFile() && !stats.isDirectory();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

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

/** Writes to a stream; a terminal is spared bytes that are no text. Throws usage. */
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

/** Whether `If-None-Match` says that nothing need be sent: a list of etags, quoted or not, or `*`. */
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
