/**
 * The entry store on disk: each entry is a read-only directory `echo/<config_hash>/<source_hash>/` with its files and
 * a manifest. publication.ts tells what a publication does to the disk, and what a crash leaves at each step. This
 * file is longer than others because EntryStore has many methods.
 */
import { lstatSync, realpathSync, statSync, utimesSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { CabError, errnoOf, isCabError } from '../../../core/model/errors.ts';
import {
  formatKey,
  isConfigHash,
  isSegment,
  type EntryKey,
} from '../../../core/model/entry/key.ts';
import { contentTypeOf } from '../../../core/model/entry/content-type.ts';
import { filesOf, type ListedFile } from '../../../core/model/entry/manifest.ts';
import { parseManifest } from '../../../core/model/entry/manifest-file.ts';
import { findEntry, locateEntry, readManifest, type ReadManifest } from './entry-files.ts';
import type {
  EntryStore,
  FileNames,
  FoundEntry,
  HeldEntry,
  OpenedFile,
  Publication,
  SourceKeys,
} from '../../../core/ports/entry-store.ts';
import type { StagedEntry } from '../../../core/ports/workspace.ts';
import { heldFile, sight, sightingOf, type Sighting } from './held-file.ts';
import { stillStands } from './still-stands.ts';
import { KnownEntries } from './known-entries.ts';
import type { Layout } from '../layout.ts';
import { ParsedManifests } from './parsed-manifests.ts';
import { PlacedEntries } from './placed-entries.ts';
import { publish } from './publication.ts';
import { keysOfSource } from './source-keys.ts';
import { DigestCache, openVerified, streamOf, type VerifiedFile } from './verified-file.ts';

export interface EntryListener {
  /** Called for every file that is opened, and for every use of a held file. Must not throw. */
  readonly onRead?: (key: EntryKey) => void;
}

const nothing = (): void => undefined;

export class FsEntryStore implements EntryStore {
  readonly #layout: Layout;
  readonly #names: FileNames;
  readonly #placed: PlacedEntries;
  readonly #onRead: (key: EntryKey) => void;
  readonly #digests = new DigestCache();
  readonly #known = new KnownEntries();
  readonly #manifests = new ParsedManifests();
  readonly #read: ReadManifest = (file) => this.#manifests.of(file, readManifest);
  #realRoot: string | undefined;

  constructor(
    layout: Layout,
    { artifactName, manifestName }: FileNames,
    listener: EntryListener = {},
  ) {
    const { onRead = nothing } = listener;
    this.#layout = layout;
    this.#names = { artifactName, manifestName };
    this.#placed = new PlacedEntries(layout.entries);
    this.#onRead = onRead;
  }

  publish(entry: StagedEntry, signal?: AbortSignal): Promise<Publication> {
    return publish(entry, this.#layout, (key) => this.claimHit(key, signal));
  }

  async find(key: EntryKey): Promise<FoundEntry | undefined> {
    return this.#isInside(key)
      ? findEntry(key, this.#layout.entry(key), this.#names, this.#read)
      : undefined;
  }

  async locate(key: EntryKey): Promise<FoundEntry | undefined> {
    return this.#isInside(key)
      ? locateEntry(key, this.#layout.entry(key), this.#names, this.#read)
      : undefined;
  }

  async hold(key: EntryKey): Promise<HeldEntry> {
    const place = this.#layout.entry(key);
    const seen = sight(join(place, this.#names.manifestName));
    const entry = await this.locate(key);
    if (entry === undefined && isAbsent(place)) return { entry, isCurrent: () => isAbsent(place) };
    // If the directory gives a name, it may change without the manifest.
    const isTold =
      entry?.manifestName === this.#names.manifestName && entry.manifest.artifact.path != null;
    return { entry, isCurrent: isTold ? stillStands(seen) : undefined };
  }

  async claimHit(key: EntryKey, signal?: AbortSignal): Promise<FoundEntry | undefined> {
    const place = this.#layout.entry(key);
    const found = await this.#known.sound(key, place, () => this.#soundEntry(key, signal));
    if (found === undefined) return undefined;
    await this.#placed.makeDurable(found, place);
    return freshen(place) ? found : undefined;
  }

  place(key: EntryKey, name: string): string {
    return join(this.#layout.entry(key), name);
  }

  async open(key: EntryKey, name?: string, signal?: AbortSignal): Promise<OpenedFile> {
    // This look comes before the read, so that an edit in between is not mistaken for what was read.
    const manifest = sight(join(this.#layout.entry(key), this.#names.manifestName));
    const found = await this.locate(key);
    if (found === undefined)
      throw new CabError('not_found', `no entry ${formatKey(key)}`, { details: { ...key } });
    const opened = await this.#openIn(found, name ?? found.artifact, manifest, signal);
    this.#onRead(key);
    return opened;
  }

  async #openIn(
    found: FoundEntry,
    name: string,
    manifest: Sighting | undefined,
    signal: AbortSignal | undefined,
  ): Promise<OpenedFile> {
    const { key } = found;
    const path = join(this.#layout.entry(key), name);
    const wanted = filesOf(found.manifest, found.artifact).find(
      ({ path: listed }) => listed === name,
    );
    const isManifest = name === found.manifestName;
    if (wanted === undefined && !isManifest)
      throw new CabError(
        'not_found',
        `entry ${formatKey(key)} has no file ${JSON.stringify(name)}`,
      );
    const file =
      wanted === undefined || isManifest
        ? await this.#openManifest(path)
        : await this.#openChecked(key, wanted, signal);
    const contentType = isManifest
      ? 'application/json'
      : (wanted?.content_type ?? (await contentTypeOf(name)));
    const opened = openedFile(file, name, path, contentType, () => {
      this.#digests.drop(path);
      this.#known.forget(key);
    });
    // If the manifest has another name, a file that is not there yet could change the entry.
    if (
      file.bytes === null ||
      manifest === undefined ||
      found.manifestName !== this.#names.manifestName
    )
      return opened;
    const sightings = isManifest ? [] : [manifest];
    const held = heldFile(file.bytes, [sightingOf(path, file.stats), ...sightings], () =>
      this.#onRead(key),
    );
    return { ...opened, held };
  }

  keysOfSource(
    source_hash: string,
    most: { readonly configurations: number; readonly keys: number },
  ): Promise<SourceKeys> {
    return keysOfSource(this.#layout, source_hash, most);
  }

  /** Whoever opened a file closes it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The entry, with all its files hashed; undefined if it is absent, incomplete, corrupt or cannot be parsed. */
  async #soundEntry(key: EntryKey, signal?: AbortSignal): Promise<FoundEntry | undefined> {
    // Most jobs are no hit, so this look spares them the cost of an error.
    if (isAbsent(this.#layout.entry(key))) return undefined;
    try {
      const found = await this.find(key);
      if (found === undefined) return undefined;
      for (const file of filesOf(found.manifest, found.artifact))
        await (await this.#openChecked(key, file, signal)).handle?.close();
      return found;
    } catch (error) {
      if (isCabError(error, 'manifest_invalid', 'hash_mismatch', 'not_found')) return undefined;
      throw error;
    }
  }

  async #openChecked(
    key: EntryKey,
    wanted: ListedFile,
    signal?: AbortSignal,
  ): Promise<VerifiedFile> {
    const path = join(this.#layout.entry(key), wanted.path);
    if (wanted.path.includes('/')) refuseLinks(this.#layout.entry(key), path);
    const file = await openVerified(path, this.#digests, signal);
    if (file.sha256 === wanted.sha256) return file;
    await file.handle?.close();
    throw new CabError('hash_mismatch', `${path}: the bytes do not match the manifest`, {
      details: { file: path, expected: wanted.sha256, actual: file.sha256 },
    });
  }

  async #openManifest(path: string): Promise<VerifiedFile> {
    const file = await openVerified(path, this.#digests);
    try {
      if (file.bytes !== null) parseManifest(file.bytes, path);
    } catch (error) {
      await file.handle?.close();
      throw error;
    }
    return file;
  }

  /** A directory that is a link, or lies behind a link that leads out of the root, is no entry. */
  #isInside(key: EntryKey): boolean {
    if (!isConfigHash(key.config_hash) || !isSegment(key.source_hash)) return false;
    try {
      this.#realRoot ??= realpathSync.native(this.#layout.root);
      return realpathSync.native(this.#layout.entry(key)).startsWith(this.#realRoot + sep);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
      throw new CabError('store_unreadable', `entry ${formatKey(key)} cannot be read`, {
        cause: error,
      });
    }
  }
}

/** Throws not_found if a folder between an entry and its file is a link. */
function refuseLinks(entry: string, path: string): void {
  for (let folder = dirname(path); folder !== entry; folder = dirname(folder))
    if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new CabError('not_found', `${folder} is not a folder`);
}

/** False also if the system cannot tell. */
function isAbsent(dir: string): boolean {
  try {
    return statSync(dir, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function openedFile(
  file: VerifiedFile,
  name: string,
  path: string,
  contentType: string,
  onChanged: () => void,
): OpenedFile {
  return {
    name,
    path,
    size: file.size,
    etag: file.sha256,
    contentType,
    stream: (range = { start: 0, end: file.size }) => streamOf(file, path, range, onChanged),
    close: async () => file.handle?.close(),
  };
}

/** False if garbage collection took the entry in the meantime. A tree that cannot be written keeps its times. */
function freshen(dir: string): boolean {
  const now = new Date();
  try {
    utimesSync(dir, now, now);
    return true;
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (errno === 'ENOENT') return false;
    if (['EACCES', 'EPERM', 'EROFS'].includes(errno)) return true;
    throw error;
  }
}
