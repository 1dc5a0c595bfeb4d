import { basename, join, resolve, sep } from 'node:path';
import type { EntryKey } from '../../core/model/entry/key.ts';
import { relativePath } from '../../support/paths/relative-path.ts';
import { trackFileName } from '../../core/model/entry/track-name.ts';

/**
 * Where everything lies below a root:
 *
 *   echo/<config_hash>/<source_hash>/<file>   entries
 *   echo/index/<track>.json                   latest pointers
 *   .cab/                                     private: jobs.db, watch.db, daemon.json, staging/, inputs/, logs/,
 *                                             quarantine/, cache/, trash/, pins/, ledger.db, last-verify.json, tmp/,
 *                                             away/
 */
export interface Layout {
  readonly root: string;
  readonly entries: string;
  readonly index: string;
  readonly private: string;
  readonly jobs: string;
  readonly daemon: string;
  /** The files that were seen in watched folders. */
  readonly watched: string;
  readonly staging: string;
  readonly inputs: string;
  readonly logs: string;
  readonly quarantine: string;
  /** What runners keep to be faster the next time. It may be lost without harm. */
  readonly cache: string;
  /** What one `gc` took away and a later `gc` deletes. */
  readonly trash: string;
  /** `<config_hash>/<source_hash>`: an empty file for each pinned entry. */
  readonly pins: string;
  /** When entries were checked and read. It may be lost without harm. */
  readonly ledger: string;
  /** What the last check of the whole root found. */
  readonly lastCheck: string;
  readonly lastCollection: string;
  readonly temporary: string;
  /** Notes of upstreams that were away. They may be lost without harm. */
  readonly away: string;
  /** A kept input, by the path that its job recorded. The root may have been moved or restored elsewhere since. */
  readonly keptInput: (path: string) => string;
  entry(key: EntryKey): string;
  /** Throws unsafe_track. */
  pointer(track_id: string): string;
}

export function layoutOf(root: string): Layout {
  const base = resolve(root);
  const own = join(base, '.cab');
  const entries = join(base, 'echo');
  const index = join(entries, 'index');
  const inputs = join(own, 'inputs');
  return {
    root: base,
    entries,
    index,
    private: own,
    jobs: join(own, 'jobs.db'),
    daemon: join(own, 'daemon.json'),
    watched: join(own, 'watch.db'),
    staging: join(own, 'staging'),
    inputs,
    logs: join(own, 'logs'),
    quarantine: join(own, 'quarantine'),
    cache: join(own, 'cache'),
    trash: join(own, 'trash'),
    pins: join(own, 'pins'),
    ledger: join(own, 'ledger.db'),
    lastCheck: join(own, 'last-verify.json'),
    lastCollection: join(own, 'last-gc.json'),
    temporary: join(own, 'tmp'),
    away: join(own, 'away'),
    keptInput: (path) => join(inputs, basename(path)),
    // Called several times a submission, so it does not go through `join`, which would parse the path.
    entry: (key) => entries + sep + key.config_hash + sep + key.source_hash,
    pointer: (track_id) => join(index, `${trackFileName(track_id)}.json`),
  };
}

/** A path below the root as reports show it: relative, with `/`. */
export const placeIn = ({ root }: Layout, path: string): string => relativePath(root, path);
