/** Entries that are to stay, or to come back from the trash, named by a key or by a track. */
import { dirname } from 'node:path';
import { syncDirectory } from '../../support/files/durable.ts';
import type { FileNames } from '../ports/entry-store.ts';
import { FsEntryStore } from '../../stores/local/fs-entry-store.ts';
import { FsPointerStore } from '../../stores/local/fs-pointer-store.ts';
import { rootError } from '../../support/files/io-error.ts';
import { layoutOf, type Layout } from '../../stores/local/layout.ts';
import { Pins } from '../../stores/local/pins.ts';
import { CabError, isCabError } from '../model/errors.ts';
import { formatKey, isConfigHash, isSegment, type EntryKey } from '../model/key.ts';
import { LazyJobStore } from '../ports/lazy-job-store.ts';
import { openJobStore } from '../../stores/sqlite/sqlite-job-store.ts';
import { Trash } from './gc/trash.ts';

export interface Pinned {
  readonly key: EntryKey;
  /** False where it was so before. */
  readonly changed: boolean;
}

export interface Restored {
  readonly key: EntryKey;
  /** False where it stood in its place all the time. */
  readonly restored: boolean;
}

/** The caller closes it. Every method throws store_unreadable, queue_unreadable, pointer_invalid as they come. */
export class Pinning {
  readonly #layout: Layout;
  readonly #pins: Pins;
  readonly #entries: FsEntryStore;
  readonly #pointers: FsPointerStore;
  readonly #jobs: LazyJobStore;
  readonly #trash: Trash;

  constructor(options: FileNames & { readonly root: string }) {
    this.#layout = layoutOf(options.root);
    this.#pins = new Pins(this.#layout);
    this.#entries = new FsEntryStore(this.#layout, options);
    this.#pointers = new FsPointerStore(this.#layout);
    this.#jobs = new LazyJobStore((create) => openJobStore({ file: this.#layout.jobs, create }));
    this.#trash = new Trash({
      ...{ layout: this.#layout, manifestName: options.manifestName, now: Date.now() },
      tellStuck: ({ path, errno }) => {
        throw new CabError('root_unwritable', `${path} cannot be moved (${errno})`);
      },
    });
  }

  /**
   * The pin first, then, while no collection can take anything, a look whether the entry is still there: one that
   * had decided on it before has taken it by then, or finds the pin. What was taken comes back from the trash. Throws
   * not_found, root_unwritable.
   */
  async pin(what: string): Promise<Pinned> {
    const key = await this.#resolve(what);
    const store = await this.#jobs.made();
    const changed = await this.#pins.add(key);
    const isThere = await store.whileStill(
      Number.MAX_SAFE_INTEGER,
      () => this.#entries.holds(key) || this.#trash.putBackLatest(key),
    );
    if (isThere) return { key, changed };
    if (changed) await this.#pins.remove(key);
    throw notFound(what);
  }

  /**
   * Brings an entry back from the trash, and has it count as relied on just now, or the next collection would take it again.
   * Throws not_found, root_unwritable; hash_mismatch for one that is back and not sound.
   */
  async restore(what: string): Promise<Restored> {
    const key = await this.#resolve(what);
    const restored = !this.#entries.holds(key) && this.#putBack(key, what);
    if (restored) await syncDirectory(dirname(this.#layout.entry(key)));
    if ((await this.#entries.claimHit(key)) !== undefined) return { key, restored };
    throw new CabError(
      'hash_mismatch',
      `entry ${formatKey(key)} is in its place, and is not sound`,
    );
  }

  #putBack(key: EntryKey, what: string): boolean {
    try {
      if (this.#trash.putBackLatest(key)) return true;
    } catch (error) {
      throw rootError(error, `restoring entry ${formatKey(key)}`);
    }
    // Another process was faster: it put the entry back, or a collection deletes it.
    if (this.#entries.holds(key)) return false;
    throw notFound(what);
  }

  /** Also for an entry that is gone. Throws not_found where neither pin nor entry is known by that name. */
  async unpin(what: string): Promise<Pinned> {
    const named = keyIn(what);
    const key = named !== undefined && this.#pins.has(named) ? named : await this.#resolve(what);
    return { key, changed: await this.#pins.remove(key) };
  }

  list(): Promise<readonly EntryKey[]> {
    return this.#pins.list();
  }

  close(): Promise<void> {
    return this.#jobs.close();
  }

  /** A key where an entry stands there or it leads to one, else a track; else one of these whose entry lies in the trash. */
  async #resolve(what: string): Promise<EntryKey> {
    const named = keyIn(what);
    const key = named ?? (await this.#pointer(what));
    const found =
      key && ((await this.#entries.locate(key)) ?? (named && (await this.#aliased(named))));
    if (found !== undefined) return bare(found.key);
    const tracked = named && (await this.#pointer(what));
    const target = tracked && (await this.#entries.locate(tracked));
    if (target !== undefined) return bare(target.key);
    const taken = [key, named && (await this.#alias(named)), tracked].find(
      (one) => one !== undefined && this.#trash.has(one),
    );
    if (taken === undefined) throw notFound(what);
    return bare(taken);
  }

  async #aliased(key: EntryKey) {
    const target = await this.#alias(key);
    return target && this.#entries.locate(target);
  }

  async #alias(key: EntryKey): Promise<EntryKey | undefined> {
    return (await this.#jobs.existing())?.alias(key);
  }

  async #pointer(track: string): Promise<EntryKey | undefined> {
    try {
      return await this.#pointers.read(track);
    } catch (error) {
      if (isCabError(error, 'unsafe_track')) return undefined;
      throw error;
    }
  }
}

/** A pointer is a key too, with more in it. */
const bare = ({ config_hash, source_hash }: EntryKey): EntryKey => ({ config_hash, source_hash });

function keyIn(what: string): EntryKey | undefined {
  const [config_hash = '', source_hash = '', ...rest] = what.split('/');
  const safe = isConfigHash(config_hash) && isSegment(source_hash) && rest.length === 0;
  return safe ? { config_hash, source_hash } : undefined;
}

const notFound = (what: string): CabError =>
  new CabError(
    'not_found',
    `there is no entry and no track ${JSON.stringify(what)}, also not in the trash`,
    {
      hint: 'Name an entry as CONFIG/SOURCE, or a track: `cab tracks` lists them, with their keys.',
      details: { key: what },
    },
  );
