import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CabError, errnoOf } from '../errors.ts';
import { isSegment, type EntryKey } from '../model/key.ts';
import { manifestSchema, type Manifest } from '../model/manifest.ts';
import type { FoundEntry } from './entry-store.ts';
import { readRegular } from './read-regular.ts';

/**
 * The entry in a directory, where it is there whole: each file that the manifest names, at its size.
 * Throws manifest_invalid.
 */
export async function findEntry(
  key: EntryKey,
  dir: string,
  manifestName: string,
): Promise<FoundEntry | undefined> {
  const found = await locateEntry(key, dir, manifestName);
  if (found === undefined) return undefined;
  const { artifact, manifest } = found;
  const files = [
    { name: artifact, size: manifest.artifact.size },
    ...(manifest.files ?? []).map((file) => ({ name: basename(file.path), size: file.size })),
  ];
  const isWhole = files.every(({ name, size }) => isThere(join(dir, name), size));
  return isWhole ? found : undefined;
}

/** What the manifest in a directory says, whatever became of the files beside it. Throws manifest_invalid. */
export async function locateEntry(
  key: EntryKey,
  dir: string,
  manifestName: string,
): Promise<FoundEntry | undefined> {
  const named = await readManifest(join(dir, manifestName));
  const found =
    named === undefined ? await searchManifest(dir) : { name: manifestName, manifest: named };
  if (found === undefined) return undefined;
  const { manifest, name } = found;
  return { key, manifest, artifact: basename(manifest.artifact.path), manifestName: name };
}

export function parseManifest(bytes: Uint8Array, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CabError('manifest_invalid', `manifest ${file} is not JSON`, {
      cause: error,
      details: { file },
    });
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success && isSegment(basename(parsed.data.artifact.path))) return parsed.data;
  const issue = parsed.error?.issues[0];
  const field = issue?.path.join('.') ?? 'artifact.path';
  throw new CabError(
    'manifest_invalid',
    `manifest ${file}: ${field}: ${issue?.message ?? 'is not a safe file name'}`,
    { details: { file, field } },
  );
}

async function readManifest(file: string): Promise<Manifest | undefined> {
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

/** An entry that was published under another manifest name is an entry all the same. */
async function searchManifest(
  dir: string,
): Promise<{ name: string; manifest: Manifest } | undefined> {
  for (const name of await jsonFiles(dir)) {
    try {
      const manifest = await readManifest(join(dir, name));
      if (manifest !== undefined) return { name, manifest };
    } catch (error) {
      if (!(error instanceof CabError && error.code === 'manifest_invalid')) throw error;
    }
  }
  return undefined;
}

async function jsonFiles(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

function isThere(file: string, size: number | undefined): boolean {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  return stats?.isFile() === true && (size === undefined || stats.size === size);
}
