import { basename, join, relative, sep } from 'node:path';
import { CabError } from '../../model/errors.ts';
import { isConfigHash, isSegment, type EntryKey } from '../../model/key.ts';

/** Which part of a root is checked. */
export interface Selection {
  /** Everything, including cab's private files and the job store. */
  readonly whole: boolean;
  hasEntry(key: EntryKey): boolean;
  readonly hasPointers: boolean;
  /** `file`: its name in the directory of pointers. */
  hasPointer(file: string): boolean;
}

export const wholeScope: Selection = {
  whole: true,
  hasEntry: () => true,
  hasPointers: true,
  hasPointer: () => true,
};

/**
 * Selects entries, configurations and pointers by their paths below `root`. All paths are absolute.
 * @throws CabError usage for a path that is none of these
 */
export function selectionOf(root: string, paths: readonly string[]): Selection {
  if (paths.length === 0) return wholeScope;
  const parts = paths.map((path) => partOf(root, path));
  return {
    whole: parts.some(({ whole }) => whole),
    hasEntry: (key) => parts.some((part) => part.hasEntry(key)),
    hasPointers: parts.some((part) => part.hasPointers),
    hasPointer: (file) => parts.some((part) => part.hasPointer(file)),
  };
}

function partOf(root: string, path: string): Selection {
  const entriesPlace = join(root, 'echo');
  const index = join(entriesPlace, 'index');
  if (path === root || path === entriesPlace) return wholeScope;
  if (path === index) return pointers(() => true);
  if (path.startsWith(index + sep)) return pointers((file) => file === basename(path));
  const [config_hash = '', source_hash] = relative(entriesPlace, path).split(sep);
  if (isConfigHash(config_hash) && (source_hash === undefined || isSegment(source_hash)))
    return entries(
      (key) =>
        key.config_hash === config_hash &&
        (source_hash === undefined || key.source_hash === source_hash),
    );
  throw new CabError('usage', `${path} is no entry, configuration or pointer of ${root}`, {
    hint: 'Paths lie below the root: echo/CONFIG/SOURCE, echo/CONFIG, echo/index/TRACK.json.',
  });
}

const pointers = (hasPointer: Selection['hasPointer']): Selection => ({
  whole: false,
  hasEntry: () => false,
  hasPointers: true,
  hasPointer,
});

const entries = (hasEntry: Selection['hasEntry']): Selection => ({
  whole: false,
  hasEntry,
  hasPointers: false,
  hasPointer: () => false,
});
