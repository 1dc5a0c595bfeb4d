/** Pins entries, or brings them back from the trash. An entry is named by a key or by a track. */
import { CabError, isCabError } from '../model/errors.ts';
import { formatKey, isConfigHash, isSegment, type EntryKey } from '../model/entry/key.ts';
import { NoLongerThere } from '../ports/jobs/job-queue.ts';
import { onceReleased } from '../publication/once-released.ts';
import type { MaintainedRoot } from '../ports/maintenance/maintained-root.ts';

export interface Pinned {
  readonly key: EntryKey;
  /** False if nothing changed. */
  readonly changed: boolean;
}

export interface Restored {
  readonly key: EntryKey;
  /** False if the entry stood in its place all the time. */
  readonly restored: boolean;
}

type Parts = Pick<MaintainedRoot, 'pins' | 'entries' | 'pointers' | 'jobs' | 'restorer'>;

/** Every method passes on store_unreadable, queue_unreadable and pointer_invalid. */
export class Pinning {
  readonly #root: Parts;

  constructor(root: Parts) {
    this.#root = root;
  }

  /**
   * Sets the pin first. Then it checks that the entry is still there, when no garbage collection is about to take it. One that
   * condemned the entry earlier has taken it by then, or found the pin. A taken entry comes back from the trash. Throws
   * not_found, root_unwritable.
   */
  async pin(what: string): Promise<Pinned> {
    const { pins, restorer, jobs } = this.#root;
    const key = await this.#resolve(what);
    // If the job store cannot be opened, the pin is refused before it is set.
    const store = await jobs.made();
    const changed = await pins.add(key);
    await onceReleased(async () => {
      if (await store.isCondemned({ entry: key })) throw new NoLongerThere();
    });
    if ((await restorer.restore(key)) !== 'gone') return { key, changed };
    if (changed) await pins.remove(key);
    throw notFound(what);
  }

  /**
   * Brings an entry back from the trash, and updates its time, so that the next garbage collection does not take it again.
   * Throws not_found, root_unwritable; hash_mismatch if the entry is back and not sound.
   */
  async restore(what: string): Promise<Restored> {
    const { restorer, entries } = this.#root;
    const key = await this.#resolve(what);
    const outcome = await restorer.restore(key);
    if (outcome === 'gone') throw notFound(what);
    if ((await entries.claimHit(key)) !== undefined)
      return { key, restored: outcome === 'restored' };
    throw new CabError(
      'hash_mismatch',
      `entry ${formatKey(key)} is in its place, and is not sound`,
    );
  }

  /** Also works for an entry that is gone. Throws not_found if no pin and no entry has that name. */
  async unpin(what: string): Promise<Pinned> {
    const { pins } = this.#root;
    const named = keyIn(what);
    const isPinned = named !== undefined && (await pins.has(named));
    const key = isPinned ? named : await this.#resolve(what);
    return { key, changed: await pins.remove(key) };
  }

  list(): Promise<readonly EntryKey[]> {
    return this.#root.pins.list();
  }

  /**
   * The key, if an entry stands there or the key leads to one; else the track; else one of these whose entry is in the trash.
   */
  async #resolve(what: string): Promise<EntryKey> {
    const { entries } = this.#root;
    const named = keyIn(what);
    const key = named ?? (await this.#pointer(what));
    const found = key && ((await entries.locate(key)) ?? (named && (await this.#aliased(named))));
    if (found !== undefined) return bare(found.key);
    const tracked = named && (await this.#pointer(what));
    const target = tracked && (await entries.locate(tracked));
    if (target !== undefined) return bare(target.key);
    const taken = await this.#taken([key, named && (await this.#alias(named)), tracked]);
    if (taken === undefined) throw notFound(what);
    return bare(taken);
  }

  async #taken(keys: readonly (EntryKey | undefined)[]): Promise<EntryKey | undefined> {
    for (const key of keys)
      if (key !== undefined && (await this.#root.restorer.has(key))) return key;
    return undefined;
  }

  async #aliased(key: EntryKey) {
    const target = await this.#alias(key);
    return target && this.#root.entries.locate(target);
  }

  async #alias(key: EntryKey): Promise<EntryKey | undefined> {
    return (await this.#root.jobs.existing())?.alias(key);
  }

  async #pointer(track: string): Promise<EntryKey | undefined> {
    try {
      return await this.#root.pointers.read(track);
    } catch (error) {
      if (isCabError(error, 'unsafe_track')) return undefined;
      throw error;
    }
  }
}

/** A pointer is a key with more fields. */
const bare = ({ config_hash, source_hash }: EntryKey): EntryKey => ({ config_hash, source_hash });

function keyIn(what: string): EntryKey | undefined {
  const [config_hash = '', source_hash = '', ...rest] = what.split('/');
  const safe = isConfigHash(config_hash) && isSegment(source_hash) && rest.length === 0;
  return safe ? { config_hash, source_hash } : undefined;
}

const notFound = (what: string): CabError =>
  new CabError(
    'not_found',
    `no entry, track or entry of the trash is named ${JSON.stringify(what)}`,
    {
      hint: 'Name an entry as CONFIG/SOURCE, or a track: `cab tracks` lists them, with their keys.',
      details: { key: what },
    },
  );
