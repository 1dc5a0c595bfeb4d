import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sha256 } from '../../core/hashing/digest.ts';
import { refuseUnfinished } from '../../core/hashing/untouched.ts';
import { CabError } from '../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../core/model/entry/key.ts';
import type {
  EntryStore,
  FoundEntry,
  HeldEntry,
  OpenedFile,
  Publication,
  SourceKeys,
} from '../../core/ports/entry-store.ts';
import type { StagedEntry } from '../../core/ports/workspace.ts';
import { openedFile } from './opened-file.ts';
import { Quarantine } from './quarantine.ts';
import { digestsOf, isSound, isWhole } from './stored-content.ts';
import { StoredEntries, type StoredEntry } from './stored-entries.ts';

/** Entries in memory. They are lost when the process ends. */
export class MemoryEntryStore implements EntryStore {
  readonly #stored: StoredEntries;

  constructor(stored = new StoredEntries(new Quarantine())) {
    this.#stored = stored;
  }

  async publish(staged: StagedEntry): Promise<Publication> {
    const { key, artifact, manifestName, manifest } = staged;
    const files = await readAll(staged.dir);
    refuseUnfinished(staged);
    // Nothing is awaited from here on, so two publishers cannot both find the place free.
    const standing = this.#sound(key);
    if (standing !== undefined) return { outcome: 'kept', entry: standing };
    const outcome = this.#stored.setAside(key) === undefined ? 'published' : 'replaced';
    const entry = { key, artifact, manifestName, manifest };
    const manifestDigest = sha256(files.get(manifestName) ?? '');
    this.#stored.put({ entry, files, manifestDigest });
    return { outcome, entry };
  }

  async find(key: EntryKey): Promise<FoundEntry | undefined> {
    const stored = this.#located(key);
    return stored !== undefined && isWhole(stored) ? stored.entry : undefined;
  }

  async locate(key: EntryKey): Promise<FoundEntry | undefined> {
    return this.#located(key)?.entry;
  }

  async hold(key: EntryKey): Promise<HeldEntry> {
    const entry = this.#located(key)?.entry;
    return { entry, isCurrent: () => this.#located(key)?.entry === entry };
  }

  async claimHit(key: EntryKey, signal?: AbortSignal): Promise<FoundEntry | undefined> {
    signal?.throwIfAborted();
    const stored = this.#stored.get(key);
    const sound = this.#sound(key);
    if (stored === undefined || sound === undefined) return undefined;
    this.#stored.touch(stored);
    return sound;
  }

  async open(key: EntryKey, name?: string, signal?: AbortSignal): Promise<OpenedFile> {
    signal?.throwIfAborted();
    const stored = this.#located(key);
    if (stored === undefined)
      throw new CabError('not_found', `no entry ${formatKey(key)}`, { details: { ...key } });
    const wanted = name ?? stored.entry.artifact;
    const digest = digestsOf(stored).get(wanted);
    const bytes = stored.files.get(wanted);
    if (digest === undefined || bytes === undefined)
      throw new CabError(
        'not_found',
        `entry ${formatKey(key)} has no file ${JSON.stringify(wanted)}`,
      );
    return openedFile(wanted, bytes, digest, stored.entry);
  }

  place(key: EntryKey, name: string): string {
    return `memory:${formatKey(key)}/${name}`;
  }

  async keysOfSource(
    source_hash: string,
    most: { readonly configurations: number; readonly keys: number },
  ): Promise<SourceKeys> {
    const all = this.#stored
      .all()
      .toSorted((a, b) => b.modified - a.modified)
      .map(({ entry }) => entry.key);
    const configurations = new Set(all.map(({ config_hash }) => config_hash));
    const looked = new Set([...configurations].slice(0, most.configurations));
    const keys = all.filter(
      (key) => key.source_hash === source_hash && looked.has(key.config_hash),
    );
    return {
      keys: keys.slice(0, most.keys),
      isWhole: looked.size === configurations.size && keys.length <= most.keys,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #sound(key: EntryKey): FoundEntry | undefined {
    const stored = this.#located(key);
    return stored !== undefined && isWhole(stored) && isSound(stored) ? stored.entry : undefined;
  }

  #located(key: EntryKey): StoredEntry | undefined {
    const stored = this.#stored.get(key);
    return stored?.files.has(stored.entry.manifestName) === true ? stored : undefined;
  }
}

async function readAll(dir: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const item of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const path = join(item.parentPath, item.name);
    files.set(relative(dir, path), await readFile(path));
  }
  return files;
}
