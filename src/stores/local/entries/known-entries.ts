/**
 * Remembers entries that were found whole and sound, and the `stat` of each of their files. As long as `stat` is the
 * same, nothing is read again: a hit that comes a thousand times a second costs one look at each file.
 */
import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { BoundedCache } from '../../../support/bounded-cache.ts';
import { errnoOf } from '../../../core/model/errors.ts';
import { fingerprintOf } from '../../../core/hashing/fingerprint.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import { filesOf } from '../../../core/model/entry/manifest.ts';
import type { FoundEntry } from '../../../core/ports/entry-store.ts';

interface Known {
  readonly entry: FoundEntry;
  readonly state: string;
}

export class KnownEntries {
  readonly #known = new BoundedCache<Known>({
    capacity: 16 << 20,
    // A parsed value takes about three times the size of its text.
    weigh: ({ entry, state }) => 3 * JSON.stringify(entry.manifest).length + state.length + 1024,
  });

  /** The entry that `find` gives, or the remembered one if nothing changed since. */
  async sound(
    key: EntryKey,
    dir: string,
    find: () => Promise<FoundEntry | undefined>,
  ): Promise<FoundEntry | undefined> {
    const name = formatKey(key);
    const known = this.#known.get(name);
    if (known !== undefined && stateOf(dir, known.entry) === known.state) return known.entry;
    this.#known.delete(name);
    const guess = known?.entry ?? (await find());
    if (guess === undefined) return undefined;
    const before = stateOf(dir, guess);
    // Found again between two looks: so what was checked stood there all the time.
    const entry = await find();
    if (entry === undefined || before === undefined) return entry;
    if (stateOf(dir, entry) === before) this.#known.set(name, { entry, state: before });
    return entry;
  }

  /** Makes the next `sound` check the files again, even if `stat` is the same. */
  forget(key: EntryKey): void {
    this.#known.delete(formatKey(key));
  }
}

/** Undefined if a file cannot be inspected. */
function stateOf(
  dir: string,
  { artifact, manifestName, manifest }: FoundEntry,
): string | undefined {
  const files = filesOf(manifest, artifact).map(({ path }) => path);
  try {
    return [manifestName, ...files]
      .map((name) => fingerprintOf(lstatSync(dir + sep + name, { bigint: true })))
      .join();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
