/**
 * A file that one living process holds, for example `.cab/daemon.json`. A process claims it by linking a whole temp
 * file to its name: the link succeeds for one process only, and no reader sees part of a file.
 *
 * A file of a dead process is replaced. If two processes find it, the slower one must not remove what the faster one
 * put there. So each does the following:
 *
 *   1. It claims `<file>.<digest of the old text>`, a lock of the same kind. Only its holder may replace this
 *      old file.
 *   2. It reads the file again.
 *   3. If the text is still the old one, it replaces the file.
 *
 * A crash leaves at worst a lock of a dead process, which is replaced in the same way.
 */
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegular } from '../support/files/read-regular.ts';
import { temporaryName } from '../support/files/temporary.ts';
import { CabError, errnoOf, readAsOwner } from '../core/model/errors.ts';
import { failpoint } from '../support/failpoints.ts';
import { sha256 } from '../core/hashing/digest.ts';

export interface Claimant {
  /** A text that names this process, and no other process at any time. */
  readonly text: string;
  /** A directory on the same file system. */
  readonly temporary: string;
  /** Whether the process that a text names is alive. */
  isAlive(text: string): Promise<boolean>;
}

/** Undefined once this process holds the file; else the text of the process that holds it. */
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
    // A directory, or anything else that no process wrote as a claim, names nobody.
    if (errno === 'EISDIR' || errno === 'EINVAL') return '';
    if (errno === undefined) throw error;
    throw new CabError('store_unreadable', `${path} cannot be read (${errno})`, {
      ...(errno === 'EACCES' && { hint: readAsOwner }),
      cause: error,
    });
  }
}

/** Replaces the text. Only the holder may call it. */
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
