/** Brings the bytes of a checked file where the user wants them. */
import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { OpenedFile } from '../core/cas/entry-store.ts';
import { CabError, errnoOf } from '../core/errors.ts';

/** Writes to a file: all of it, on disk and with the right digest, or nothing. Throws hash_mismatch, usage. */
export async function toFile(file: OpenedFile, target: string): Promise<void> {
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    const digest = await copied(file.stream(), draft);
    if (digest !== file.etag)
      throw new CabError('hash_mismatch', `${file.name} arrived as ${digest}, not as ${file.etag}`);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof CabError) throw error;
    if (errno === 'ENOSPC')
      throw new CabError('no_space', `no space left for ${target}`, { cause: error });
    throw new CabError('usage', `${target} cannot be written (${errno})`, {
      hint: 'Choose another place with --output.',
      cause: error,
    });
  }
}

async function copied(stream: Readable, path: string): Promise<string> {
  const handle = await open(path, 'wx');
  try {
    const hash = createHash('sha256');
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Uint8Array);
      hash.update(bytes);
      await handle.writeFile(bytes);
    }
    await handle.sync();
    return hash.digest('hex');
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
