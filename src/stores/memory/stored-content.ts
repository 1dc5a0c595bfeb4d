import { sha256 } from '../../core/hashing/digest.ts';
import { filesBeside, filesOf } from '../../core/model/entry/manifest.ts';
import type { EntryContent } from './stored-entries.ts';

/** The digest of each file of the entry, by name. */
export function digestsOf({ entry, manifestDigest }: EntryContent): ReadonlyMap<string, string> {
  const { artifact, manifest, manifestName } = entry;
  const others = filesBeside(manifest);
  return new Map([
    ...others.map(({ path, sha256: digest }): [string, string] => [path, digest]),
    [artifact, manifest.artifact.sha256],
    [manifestName, manifestDigest],
  ]);
}

/** Whether every file is there, at its size. */
export function isWhole({ entry, files }: EntryContent): boolean {
  const { artifact, manifest } = entry;
  return filesOf(manifest, artifact).every(({ path, size }) => {
    const bytes = files.get(path);
    return bytes !== undefined && (size == null || bytes.length === size);
  });
}

/** Whether every file is there and has its digest. */
export const isSound = (stored: EntryContent): boolean =>
  [...digestsOf(stored)].every(([name, digest]) => {
    const bytes = stored.files.get(name);
    return bytes !== undefined && sha256(bytes) === digest;
  });
