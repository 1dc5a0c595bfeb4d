/**
 * A file that one living process holds. It is made by linking a whole temp file to its name, which succeeds for one
 * alone, and no reader sees a part of it. What a process that died left behind is replaced, and there the race is: of
 * two that saw the same rest, the slower must not remove what the quicker has put in its place. So who replaces a
 * rest first holds `<file>.<digest of the rest>`, a file of the same kind, and looks again: while that is held,
 * nobody else replaces this very rest. A crash leaves at worst such a lock, whose holder is dead, and which gives way
 * in the same manner.
 */
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegular } from '../support/files/read-regular.ts';
import { temporaryName } from '../support/files/temporary.ts';
import { CabError, errnoOf, readAsOwner } from '../core/model/errors.ts';
import { failpoint } from '../support/failpoints.ts';
import { sha256 } from '../core/hashing/digest.ts';

export interface Claimant {
  /** Names this process, and no other, before or after. */
  readonly text: string;
  /** A directory on the same file system. */
  readonly temporary: string;
  /** Whether the process that a text names is alive. */
  isAlive(text: string): Promise<boolean>;
}

/** Undefined once the file is held; else the text of the process that holds it. */
export async function claimFile(path: string, claimant: Claimant): Promise<string | undefined> {
  for (;;) {
    if (await made(path, claimant)) return undefined;
    const standing = await readClaim(path);
    if (standing === undefined) continue;
    if (await claimant.isAlive(standing)) return standing;
    const lock = `${path}.${sha256(standing).slice(0, 16)}`;
    const replacing = await claimFile(lock, claimant);
    if (replacing !== undefined) return replacing;
    try {
      if ((await readClaim(path)) === standing) {
        await replaceFile(path, claimant.text, claimant.temporary);
        return undefined;
      }
    } finally {
      await rm(lock, { force: true });
    }
  }
}

export async function readClaim(path: string): Promise<string | undefined> {
  try {
    return (await readRegular(path)).toString('utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    // A directory, or what else no process has written there, names nobody.
    if (errno === 'EISDIR' || errno === 'EINVAL') return '';
    if (errno === undefined) throw error;
    throw new CabError('store_unreadable', `${path} cannot be read (${errno})`, {
      ...(errno === 'EACCES' && { hint: readAsOwner }),
      cause: error,
    });
  }
}

/** For the holder: puts another text in the place of its own. */
export async function replaceFile(path: string, text: string, temporary: string): Promise<void> {
  await withTemp(text, temporary, (temp) => rename(temp, path));
}

async function made(path: string, { text, temporary }: Claimant): Promise<boolean> {
  try {
    await withTemp(text, temporary, (temp) => link(temp, path));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function withTemp(
  text: string,
  temporary: string,
  use: (temp: string) => Promise<void>,
): Promise<void> {
  const temp = join(temporary, temporaryName());
  try {
    failpoint('daemon.claiming');
    await writeFile(temp, text, { flag: 'wx', mode: 0o600, flush: true });
    await use(temp);
    failpoint('daemon.claimed');
  } finally {
    await rm(temp, { force: true });
  }
}
