/** Entries that are to stay, named by a key or by a track. */
import { existsSync } from 'node:fs';
import type { FileNames } from '../cas/entry-files.ts';
import { FsEntryStore } from '../cas/fs-entry-store.ts';
import { FsPointerStore } from '../cas/fs-pointer-store.ts';
import { layoutOf, type Layout } from '../cas/layout.ts';
import { Pins } from '../cas/pins.ts';
import { CabError, isCabError } from '../errors.ts';
import { isConfigHash, isSegment, type EntryKey } from '../model/key.ts';
import { LazyJobStore } from '../queue/lazy-job-store.ts';
import { openJobStore } from '../queue/sqlite-job-store.ts';

export interface Pinned {
  readonly key: EntryKey;
  /** False where it was so before. */
  readonly changed: boolean;
}

/** The caller closes it. Every method throws store_unreadable, queue_unreadable, pointer_invalid as they come. */
export class Pinning {
  readonly #layout: Layout;
  readonly #pins: Pins;
  readonly #entries: FsEntryStore;
  readonly #pointers: FsPointerStore;
  readonly #jobs: LazyJobStore;

  constructor(options: FileNames & { readonly root: string }) {
    this.#layout = layoutOf(options.root);
    this.#pins = new Pins(this.#layout);
    this.#entries = new FsEntryStore(this.#layout, options);
    this.#pointers = new FsPointerStore(this.#layout);
    this.#jobs = new LazyJobStore((create) => openJobStore({ file: this.#layout.jobs, create }));
  }

  /**
   * The pin first, then, while no collection can take anything, a look whether the entry is still there: one that
   * had decided on it before has taken it by then, or finds the pin. Throws not_found, root_unwritable.
   */
  async pin(what: string): Promise<Pinned> {
    const key = await this.#resolve(what);
    const store = await this.#jobs.made();
    const changed = await this.#pins.add(key);
    const isThere = await store.whileStill(Number.MAX_SAFE_INTEGER, () =>
      existsSync(this.#layout.entry(key)),
    );
    if (isThere) return { key, changed };
    if (changed) await this.#pins.remove(key);
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

  /** A key where an entry stands there or it leads to one, else a track. */
  async #resolve(what: string): Promise<EntryKey> {
    const named = keyIn(what);
    const key = named ?? (await this.#pointer(what));
    const found =
      key && ((await this.#entries.locate(key)) ?? (named && (await this.#aliased(named))));
    if (found !== undefined) return bare(found.key);
    const tracked = named && (await this.#pointer(what));
    const target = tracked && (await this.#entries.locate(tracked));
    if (target === undefined) throw notFound(what);
    return bare(target.key);
  }

  async #aliased(key: EntryKey) {
    const target = await (await this.#jobs.existing())?.alias(key);
    return target && this.#entries.locate(target);
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
  new CabError('not_found', `there is no entry and no track ${JSON.stringify(what)}`, {
    hint: 'Name an entry as CONFIG/SOURCE, or a track: `cab tracks` lists them, with their keys.',
    details: { key: what },
  });
