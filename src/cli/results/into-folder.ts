/** Puts results into a folder, each under the name of its track. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { OpenedFile } from '../../core/engine/broker.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { isEntryPath } from '../../core/model/entry/entry-path.ts';
import { outputError } from '../../support/files/output-error.ts';
import { toFile } from './deliver.ts';

/** A folder that is there, or a path that ends like one. */
export async function isFolder(path: string, asWritten: unknown): Promise<boolean> {
  if (typeof asWritten === 'string' && asWritten.endsWith('/')) return true;
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

export interface FolderOptions {
  readonly folder: string;
  /** Whose files are not written to. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the folders that are missing, and replaces a file of that name.
 *
 * @param track names the file, with the suffix of the artifact; null for the artifact's own name
 * @returns the path of the file
 * @throws CabError usage for a track that is no name for a file, hash_mismatch, no_space, io_error
 */
export async function intoFolder(
  file: OpenedFile,
  track: string | null,
  { folder, root, signal }: FolderOptions,
): Promise<string> {
  const target = join(folder, nameIn(track, file.name));
  try {
    await mkdir(dirname(target), { recursive: true });
  } catch (error) {
    if (['EEXIST', 'ENOTDIR'].includes(errnoOf(error) ?? ''))
      throw new CabError('usage', `${dirname(target)} is no folder`, {
        hint: 'Choose another place with --output.',
        details: { file: dirname(target) },
        cause: error,
      });
    throw outputError(error, target, 'choose another place with --output');
  }
  await toFile(file, target, root, signal);
  return target;
}

function nameIn(track: string | null, artifact: string): string {
  if (track === null) return artifact;
  // A track may be any text: it must lead out of the folder nowhere.
  if (!isEntryPath(track))
    throw new CabError('usage', `track ${JSON.stringify(track)} is no name for a file`, {
      hint: 'Save it under another name: cab get TRACK -o FILE',
      details: { track_id: track },
    });
  const suffix = extname(artifact);
  return suffix === '' || track.endsWith(suffix) ? track : `${track}${suffix}`;
}
