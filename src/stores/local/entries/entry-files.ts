/**
 * Reads entries from their directories. The directory gives the key and the manifest gives the digests. If the
 * manifest does not name the artifact, the directory gives its name.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import { artifactNamed, filesOf, type Manifest } from '../../../core/model/entry/manifest.ts';
import {
  artifactAmong,
  parseManifest,
  unnamedArtifact,
} from '../../../core/model/entry/manifest-file.ts';
import type { FileNames, FoundEntry } from '../../../core/ports/entry-store.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { readRegular } from '../../../support/files/read-regular.ts';

/**
 * The entry in a directory, if it is there whole: each file that the manifest names is there, at its size. Throws
 * manifest_invalid.
 */
export async function findEntry(
  key: EntryKey,
  dir: string,
  names: FileNames,
  read: ReadManifest = readManifest,
): Promise<FoundEntry | undefined> {
  const found = await locateEntry(key, dir, names, read);
  if (found === undefined) return undefined;
  const { artifact, manifest } = found;
  const isWhole = filesOf(manifest, artifact).every(({ path, size }) =>
    isThere(join(dir, path), size),
  );
  return isWhole ? found : undefined;
}

/** What the manifest in a directory says, even if files beside it are missing or damaged. Throws manifest_invalid. */
export async function locateEntry(
  key: EntryKey,
  dir: string,
  names: FileNames,
  read: ReadManifest = readManifest,
): Promise<FoundEntry | undefined> {
  const named = await read(join(dir, names.manifestName));
  const found =
    named === undefined ? await searchManifest(dir) : { name: names.manifestName, manifest: named };
  if (found === undefined) return undefined;
  const { manifest, name } = found;
  const artifact = artifactNamed(manifest) ?? artifactAmong(await filesIn(dir), name, names);
  if (artifact === undefined) throw unnamedArtifact(join(dir, name));
  return { key, manifest, artifact, manifestName: name };
}

/** Undefined if there is no such file. */
export type ReadManifest = (file: string) => Promise<Manifest | undefined>;

/** @throws CabError manifest_invalid, store_unreadable */
export async function readManifest(file: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await readRegular(file), file);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof CabError) throw error;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw new CabError('store_unreadable', `manifest ${file} cannot be read (${errno})`, {
      cause: error,
    });
  }
}

/** An entry may have been published under another manifest name: finds the first valid manifest. */
async function searchManifest(
  dir: string,
): Promise<{ name: string; manifest: Manifest } | undefined> {
  for (const name of (await filesIn(dir)).filter((file) => file.endsWith('.json'))) {
    try {
      const manifest = await readManifest(join(dir, name));
      if (manifest !== undefined) return { name, manifest };
    } catch (error) {
      if (!(error instanceof CabError && error.code === 'manifest_invalid')) throw error;
    }
  }
  return undefined;
}

const filesIn = async (dir: string): Promise<string[]> => (await namesIn(dir)).sort();

function isThere(file: string, size: number | null | undefined): boolean {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  return stats?.isFile() === true && (size == null || stats.size === size);
}
