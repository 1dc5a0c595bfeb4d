import { statSync } from 'node:fs';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import type { SpineQuery } from '../probe-arguments.ts';
import { type Spine, readSpine } from './spine.ts';
import { namingTheFile, openSpine, requireTables } from './spine-database.ts';

/** Receives the progress of a load. */
export interface LoadListener {
  /** `rows` counts the rows read so far. */
  loading(path: string, rows: number): void;
  loaded(path: string, rows: number): void;
}

interface Kept {
  readonly path: string;
  readonly fingerprint: string;
  readonly query: string;
  readonly spine: Spine;
}

/** Keeps spines that were read, each as long as its file is unchanged. The least recently used are removed first. */
export class SpineCache {
  /** Most recently used first. */
  #kept: Kept[] = [];

  /** @throws CabError spine_not_found, spine_invalid */
  get(path: string, spineQuery: SpineQuery, listener: LoadListener): Spine {
    // Taken before the file is opened, so that the next probe notices a change in the meantime.
    const fingerprint = fingerprintOf(path);
    const query = JSON.stringify(spineQuery, infinityAsText);
    const found = this.#kept.find(
      (kept) => kept.path === path && kept.query === query && kept.fingerprint === fingerprint,
    );
    const spine = found?.spine ?? load(path, spineQuery, listener);
    const sound = this.#kept.filter(
      (kept) => kept !== found && (kept.path !== path || kept.fingerprint === fingerprint),
    );
    this.#kept = withinBounds([found ?? { path, fingerprint, query, spine }, ...sound]);
    return spine;
  }

  /** Forgets a spine that is kept elsewhere. */
  forget(spine: Spine): void {
    this.#kept = this.#kept.filter((kept) => kept.spine !== spine);
  }
}

/** JSON would write Infinity (no cap) as null, which means no fallback. */
const infinityAsText = (_key: string, value: unknown): unknown =>
  value === Infinity ? 'Infinity' : value;

/** A song takes about 200 bytes. */
const maxSongs = 4_000_000;
const maxQueries = 32;

function withinBounds(kept: readonly Kept[]): Kept[] {
  let songs = 0;
  return kept.filter(({ spine }, place) => {
    songs += spine.totalRows;
    return place === 0 || (place < maxQueries && songs <= maxSongs);
  });
}

function load(path: string, query: SpineQuery, listener: LoadListener): Spine {
  listener.loading(path, 0);
  const database = openSpine(path);
  try {
    return namingTheFile(path, () => {
      // One snapshot for all tables, even if another process writes.
      database.exec('BEGIN');
      requireTables(database, path, query.searches);
      const spine = readSpine(database, query, (rows) => listener.loading(path, rows));
      listener.loaded(path, spine.totalRows);
      return spine;
    });
  } finally {
    database.close();
  }
}

/** Includes the write-ahead log, because a commit may stay there for long. */
const fingerprintOf = (path: string): string =>
  `${statOf(path) ?? notThere(path)} ${statOf(`${path}-wal`) ?? ''}`;

function statOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new CabError('spine_invalid', `${path} cannot be read: ${errnoOf(error) ?? ''}`, {
      details: { db: path },
      cause: error,
    });
  }
}

function notThere(path: string): never {
  throw new CabError('spine_not_found', `${path}: there is no such file`, {
    details: { db: path },
  });
}
