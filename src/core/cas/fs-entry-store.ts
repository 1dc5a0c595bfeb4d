/**
 * Entries as directories, `echo/<config_hash>/<source_hash>/`, each with its files and a manifest, read-only.
 * What a publication does to the disk, and what a crash leaves at each step, stands in publication.ts.
 */
import { realpath, rm, utimes } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { CabError, errnoOf, isCabError } from '../errors.ts';
import { formatKey, isConfigHash, isSegment, type EntryKey } from '../model/key.ts';
import { contentTypeOf } from './content-type.ts';
import { makeDirectory } from './durable.ts';
import { findEntry, locateEntry, parseManifest } from './entry-files.ts';
import type {
  EntryStore,
  FoundEntry,
  OpenedFile,
  Publication,
  StagedEntry,
  Staging,
} from './entry-store.ts';
import { heldFile, sight, type Sighting } from './held-file.ts';
import { guarded } from './io-error.ts';
import type { Layout } from './layout.ts';
import { namesIn } from './names-in.ts';
import { publish } from './publication.ts';
import { DigestCache, openVerified, streamOf, type VerifiedFile } from './verified-file.ts';

export class FsEntryStore implements EntryStore {
  readonly #layout: Layout;
  readonly #manifestName: string;
  readonly #onRead: (key: EntryKey) => void;
  readonly #digests = new DigestCache();
  #realRoot: string | undefined;

  /** `onRead` is told of every file that is opened, and of every use of one that is held; it must not throw. */
  constructor(
    layout: Layout,
    manifestName: string,
    onRead: (key: EntryKey) => void = () => undefined,
  ) {
    this.#layout = layout;
    this.#manifestName = manifestName;
    this.#onRead = onRead;
  }

  async stage(job_id: string, attempt: number): Promise<Staging> {
    const dir = join(this.#layout.staging, `${job_id}-${attempt}`);
    const discard = () => rm(dir, { recursive: true, force: true });
    await guarded(`staging of job ${job_id}`, async () => {
      await discard();
      await makeDirectory(dir);
    });
    return { dir, discard };
  }

  async sweepStaging(
    isLive: (job_id: string, attempt: number) => Promise<boolean>,
  ): Promise<number> {
    let swept = 0;
    for (const name of await namesIn(this.#layout.staging)) {
      const [, job_id, attempt] = /^(.+)-(\d+)$/.exec(name) ?? [];
      if (job_id === undefined || (await isLive(job_id, Number(attempt)))) continue;
      await rm(join(this.#layout.staging, name), { recursive: true, force: true });
      swept += 1;
    }
    return swept;
  }

  publish(entry: StagedEntry): Promise<Publication> {
    return publish(entry, this.#layout, (key) => this.#soundEntry(key));
  }

  async find(key: EntryKey): Promise<FoundEntry | undefined> {
    return (await this.#isInside(key))
      ? findEntry(key, this.#layout.entry(key), this.#manifestName)
      : undefined;
  }

  async locate(key: EntryKey): Promise<FoundEntry | undefined> {
    return (await this.#isInside(key))
      ? locateEntry(key, this.#layout.entry(key), this.#manifestName)
      : undefined;
  }

  async claimHit(key: EntryKey): Promise<FoundEntry | undefined> {
    const found = await this.#soundEntry(key);
    return found !== undefined && (await freshen(this.#layout.entry(key))) ? found : undefined;
  }

  async open(key: EntryKey, name?: string): Promise<OpenedFile> {
    // Before it is read: an edit in between must not pass for what was read.
    const manifest = sight(join(this.#layout.entry(key), this.#manifestName));
    const found = await this.locate(key);
    if (found === undefined)
      throw new CabError('not_found', `no entry ${formatKey(key)}`, { details: { ...key } });
    const opened = await this.#openIn(found, name ?? found.artifact, manifest);
    this.#onRead(key);
    return opened;
  }

  async #openIn(
    found: FoundEntry,
    name: string,
    manifest: Sighting | undefined,
  ): Promise<OpenedFile> {
    const { key } = found;
    const path = join(this.#layout.entry(key), name);
    const wanted = filesOf(found).find((file) => file.name === name);
    const isManifest = name === found.manifestName;
    if (wanted === undefined && !isManifest)
      throw new CabError(
        'not_found',
        `entry ${formatKey(key)} has no file ${JSON.stringify(name)}`,
      );
    const file =
      wanted === undefined || isManifest
        ? await this.#openManifest(path)
        : await this.#openChecked(key, wanted);
    const contentType = isManifest
      ? 'application/json'
      : (wanted?.contentType ?? (await contentTypeOf(name)));
    // An entry whose manifest has another name would change with a file that is not there yet.
    if (file.bytes === null || manifest === undefined || found.manifestName !== this.#manifestName)
      return openedFile(file, path, contentType);
    const sightings = isManifest ? [] : [manifest];
    const held = heldFile(file.bytes, [{ path, stats: file.stats }, ...sightings], () =>
      this.#onRead(key),
    );
    return { ...openedFile(file, path, contentType), held };
  }

  async *keysOfSource(source_hash: string): AsyncIterable<EntryKey> {
    for (const config_hash of await namesIn(this.#layout.entries)) {
      if (!isConfigHash(config_hash)) continue;
      const key = { config_hash, source_hash };
      if ((await namesIn(this.#layout.entry(key))).length > 0) yield key;
    }
  }

  /** The entry, all its files hashed; undefined where it is absent, incomplete, corrupt or cannot be parsed. */
  async #soundEntry(key: EntryKey): Promise<FoundEntry | undefined> {
    try {
      const found = await this.find(key);
      if (found === undefined) return undefined;
      for (const file of filesOf(found)) await (await this.#openChecked(key, file)).handle.close();
      return found;
    } catch (error) {
      if (isCabError(error, 'manifest_invalid', 'hash_mismatch', 'not_found')) return undefined;
      throw error;
    }
  }

  async #openChecked(key: EntryKey, wanted: WantedFile): Promise<VerifiedFile> {
    const path = join(this.#layout.entry(key), wanted.name);
    const file = await openVerified(path, this.#digests);
    if (file.sha256 === wanted.sha256) return file;
    await file.handle.close();
    throw new CabError('hash_mismatch', `${path}: the bytes do not match the manifest`, {
      details: { file: path, expected: wanted.sha256, actual: file.sha256 },
    });
  }

  async #openManifest(path: string): Promise<VerifiedFile> {
    const file = await openVerified(path, this.#digests);
    try {
      if (file.bytes !== null) parseManifest(file.bytes, path);
    } catch (error) {
      await file.handle.close();
      throw error;
    }
    return file;
  }

  /** A directory that is a link, or lies behind one that leads out of the root, is no entry. */
  async #isInside(key: EntryKey): Promise<boolean> {
    if (!isConfigHash(key.config_hash) || !isSegment(key.source_hash)) return false;
    try {
      this.#realRoot ??= await realpath(this.#layout.root);
      return (await realpath(this.#layout.entry(key))).startsWith(this.#realRoot + sep);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
      throw new CabError('store_unreadable', `entry ${formatKey(key)} cannot be read`, {
        cause: error,
      });
    }
  }
}

interface WantedFile {
  readonly name: string;
  readonly sha256: string;
  readonly contentType: string | undefined;
}

function filesOf({ artifact, manifest }: FoundEntry): WantedFile[] {
  const first = {
    name: artifact,
    sha256: manifest.artifact.sha256,
    contentType: manifest.artifact.content_type,
  };
  const others = manifest.files ?? [];
  return [
    first,
    ...others.map((file) => ({
      name: basename(file.path),
      sha256: file.sha256,
      contentType: file.content_type,
    })),
  ];
}

function openedFile(file: VerifiedFile, path: string, contentType: string): OpenedFile {
  return {
    name: basename(path),
    path,
    size: file.size,
    etag: file.sha256,
    contentType,
    stream: (range) => streamOf(file, range?.start ?? 0, range?.end ?? file.size),
    close: () => file.handle.close(),
  };
}

/** False where a collector took the entry in the meantime. A tree that may not be written keeps its times. */
async function freshen(dir: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(dir, now, now);
    return true;
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (errno === 'ENOENT') return false;
    if (['EACCES', 'EPERM', 'EROFS'].includes(errno)) return true;
    throw error;
  }
}
