import { stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import { errnoOf } from '../core/errors.ts';
import { sha256, sha256File } from '../core/hashing/digest.ts';

/**
 * The version of a command: a digest of its words, in which a word (or what follows its `=`) that names a regular file
 * counts by the file's content and not by its place. A program that is found on PATH counts by name alone.
 */
export async function programVersion(words: readonly string[], cwd: string): Promise<string> {
  const parts = await Promise.all(words.map((word) => digested(word, cwd)));
  return `sha256:${sha256(JSON.stringify(parts))}`;
}

/** The command for people: absolute paths shortened to their last part, white space to single spaces. */
export function programName(command: string): string {
  const absolutePath = /(?<=^|[\s'"=:(;|&<>])\/[^\s'"`;|&<>(){}]*/g;
  return command.replace(absolutePath, (path) => basename(path) || '/').replace(/\s+/g, ' ');
}

async function digested(word: string, cwd: string): Promise<readonly string[]> {
  const [whole, afterEquals] = [word, word.replace(/^[^=]*=/, '')];
  for (const path of new Set([whole, afterEquals])) {
    const digest = await fileDigest(resolve(cwd, path));
    if (digest === undefined) continue;
    const shown = isAbsolute(path) ? basename(path) : path;
    return [word.slice(0, word.length - path.length) + shown, digest];
  }
  return [word];
}

interface Remembered {
  readonly state: string;
  readonly digest: string;
}
const remembered = new Map<string, Remembered>();

async function fileDigest(file: string): Promise<string | undefined> {
  const state = await regularFileState(file);
  if (state === undefined) return undefined;
  const known = remembered.get(file);
  if (known?.state === state) return known.digest;
  const digest = await sha256File(file);
  remembered.set(file, { state, digest });
  return digest;
}

async function regularFileState(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file, { bigint: true });
    const { ino, size, mtimeNs, ctimeNs } = found;
    return found.isFile() ? [ino, size, mtimeNs, ctimeNs].join(':') : undefined;
  } catch (error) {
    const code = errnoOf(error) ?? '';
    if (
      ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EACCES', 'ELOOP', 'ERR_INVALID_ARG_VALUE'].includes(
        code,
      )
    )
      return undefined;
    throw error;
  }
}
