import { statSync } from 'node:fs';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import type { SpineQuery } from '../probe-arguments.ts';
import { type Spine, readSpine } from './spine.ts';
import { namingTheFile, openSpine, requireTables } from './spine-database.ts';

/** What a load tells while it goes on. */
export interface LoadListener {
  /** `rows` counts those read so far. */
  loading(path: string, rows: number): void;
  loaded(path: string, rows: number): void;
}

interface Kept {
  readonly path: string;
  readonly fingerprint: string;
  readonly query: string;
  readonly spine: Spine;
}

/** Keeps what was read of spines, each for as long as its file is unchanged; the least recently used go first. */
export class SpineCache {
  /** Most recently used first. */
  #kept: Kept[] = [];

  /** @throws CabError spine_not_found, spine_invalid */
  get(path: string, spineQuery: SpineQuery, listener: LoadListener): Spine {
    // Taken before the file is opened: a change in the meantime is seen by the next probe.
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

  /** Of one that is kept elsewhere by now. */
  forget(spine: Spine): void {
    this.#kept = this.#kept.filter((kept) => kept.spine !== spine);
  }
}

/** JSON would write a fallback without a cap as null, which stands for no fallback. */
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
      // One snapshot for all tables, also where another process writes.
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

/** The write-ahead log belongs to it: a commit may stay there for long. */
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
