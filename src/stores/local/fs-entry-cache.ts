import { readdirSync, statSync, utimesSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../core/model/entry/key.ts';
import type { EntryCache } from '../../core/ports/entry-cache.ts';
import type { EntryStore, FileNames } from '../../core/ports/entry-store.ts';
import type { Workspace } from '../../core/ports/workspace.ts';
import { BoundedCache } from '../../support/bounded-cache.ts';
import { makeDirectory } from '../../support/files/durable.ts';
import { namesIn } from '../../support/files/names-in.ts';
import { removeTree } from '../../support/files/remove-tree.ts';
import { FsEntryStore } from './entries/fs-entry-store.ts';
import { layoutOf, type Layout } from './layout.ts';
import { FsWorkspace } from './staging/fs-workspace.ts';

export interface EntryCacheOptions extends FileNames {
  /** Absolute; laid out like a root, so that its entries can be checked like those of one. */
  readonly directory: string;
  /** The most bytes that stay after a trim. */
  readonly bytes: number;
}

/** How often an entry is noted as used, and the cache of a directory is trimmed, by all its processes. Milliseconds. */
const notedEveryMs = 60_000;
const trimmedEveryMs = 600_000;

/** A cache of entries in a directory, which processes share. */
export class FsEntryCache implements EntryCache {
  readonly entries: EntryStore;
  /** On the disk of the cache. */
  readonly workspace: Workspace;
  readonly #layout: Layout;
  readonly #bytes: number;
  /** By key: when it was last noted as used. */
  readonly #noted = new BoundedCache<number>({ capacity: 1 << 16, weigh: () => 1 });
  #trimming: Promise<void> | undefined;

  constructor({ directory, bytes, ...names }: EntryCacheOptions) {
    this.#layout = layoutOf(directory);
    this.#bytes = bytes;
    this.entries = new FsEntryStore(this.#layout, names);
    this.workspace = new FsWorkspace(this.#layout, () => undefined);
  }

  used(key: EntryKey): void {
    const now = Date.now();
    const name = formatKey(key);
    if (now - (this.#noted.get(name) ?? 0) < notedEveryMs) return;
    this.#noted.set(name, now);
    noteTime(this.#layout.entry(key));
    this.#trimming ??= this.#trimIfDue().finally(() => (this.#trimming = undefined));
  }

  async drop(key: EntryKey): Promise<void> {
    await removeTree(this.#layout.entry(key));
  }

  async close(): Promise<void> {
    await this.#trimming;
    await this.workspace.close();
  }

  /** Never rejects: the next one tries again. */
  async #trimIfDue(): Promise<void> {
    const stamp = join(this.#layout.private, 'trimmed');
    const last = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - last < trimmedEveryMs) return;
    try {
      await makeDirectory(this.#layout.private);
      await writeFile(stamp, '');
      await this.#trim();
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }

  async #trim(): Promise<void> {
    // No attempt works here. What a process that is gone was fetching is removed.
    await this.workspace.sweep(async () => true);
    const all = (await this.#all()).sort((one, other) => other.used - one.used);
    let bytes = 0;
    for (const entry of all) {
      bytes += entry.bytes;
      if (bytes <= this.#bytes) continue;
      await removeTree(entry.place);
      // A removed entry leaves room for older ones.
      bytes -= entry.bytes;
    }
  }

  async #all(): Promise<{ place: string; used: number; bytes: number }[]> {
    const { entries } = this.#layout;
    const found: { place: string; used: number; bytes: number }[] = [];
    for (const config of await namesIn(entries))
      for (const source of await namesIn(join(entries, config))) {
        const place = join(entries, config, source);
        const used = statSync(place, { throwIfNoEntry: false })?.mtimeMs;
        if (used !== undefined) found.push({ place, used, bytes: bytesIn(place) });
      }
    return found;
  }
}

/** A file that another process removes meanwhile counts as nothing. */
function bytesIn(place: string): number {
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' });
  const sizes = files.map((file) => statSync(join(place, file), { throwIfNoEntry: false })?.size);
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

function noteTime(place: string): void {
  const now = new Date();
  try {
    utimesSync(place, now, now);
  } catch (error) {
    // The entry was trimmed, or the cache is read-only for this process.
    if (errnoOf(error) === undefined) throw error;
  }
}
