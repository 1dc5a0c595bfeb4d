import { foldersOf, isEntryPath, staysInside } from './entry-path.ts';

/** A file or, with `link`, a symbolic link of an entry. `path` is the path within the entry. */
interface Part {
  readonly path: string;
  readonly link?: string;
}

/** Bytes that every file system in use gives a name. */
const longestName = 255;

/** Bytes: less than systems and buckets allow, because the entry's own place comes before it. */
const longestPath = 768;

/** Why these cannot be the files and links of one entry, beside its manifest; undefined if they can. */
export function faultOfParts(parts: readonly Part[], manifestName: string): string | undefined {
  const seen = new Set([manifestName]);
  for (const { path, link } of parts) {
    if (!isEntryPath(path)) return `${JSON.stringify(path)} is no safe path`;
    if (path.split('/').some((name) => Buffer.byteLength(name) > longestName))
      return `a name in ${JSON.stringify(path.slice(0, 100))} has more than ${longestName} bytes`;
    if (Buffer.byteLength(path) > longestPath)
      return `the path ${JSON.stringify(path.slice(0, 100))} has more than ${longestPath} bytes`;
    if (seen.has(path)) return `${JSON.stringify(path)} is named twice`;
    if (link !== undefined && !staysInside(path, link))
      return `${JSON.stringify(path)} is a link to ${JSON.stringify(link)}, which lies outside of the outputs`;
    seen.add(path);
  }
  const folder = parts.flatMap(({ path }) => foldersOf(path)).find((each) => seen.has(each));
  return folder === undefined ? undefined : `${JSON.stringify(folder)} is a file and a folder`;
}

/** The order in which a manifest lists them. */
export const sortedByPath = <T extends Part>(parts: readonly T[]): T[] =>
  parts.toSorted((a, b) => (a.path < b.path ? -1 : 1));
