import { isConfigHash, isSegment, type EntryKey } from '../../../core/model/entry/key.ts';
import { sha256 } from '../../../core/hashing/digest.ts';
import type { EntryInventory, Place } from '../../../core/ports/maintenance/entry-inventory.ts';
import type { FileNames, FoundEntry } from '../../../core/ports/entry-store.ts';
import type { Bucket } from '../connection/bucket.ts';
import { RemoteEntries } from '../entries/remote-entries.ts';
import { lastUse } from '../entries/last-use.ts';
import { each } from '../folders.ts';
import { entriesFolder, entryFolder, fileKey, indexFolder } from '../object-keys.ts';

/** Files without a manifest belong to a publication that may still be under way, unless they are older. Milliseconds. */
const longestPublicationMs = 24 * 3_600_000;

/** The objects of one entry, as a listing shows them. */
interface Listed {
  /** Below `echo/`: `<config_hash>/<source_hash>`, or a name that can be no entry. */
  readonly place: string;
  readonly keys: string[];
  hasManifest: boolean;
  /** Of the youngest object. Milliseconds of wall time. */
  modified: number;
}

/** Entries in a bucket, as garbage collection and verify see them. Only `places` and `removeEmpty` list the bucket. */
export class S3EntryInventory implements EntryInventory {
  readonly #bucket: Bucket;
  readonly #names: FileNames;
  readonly #remote: RemoteEntries;

  constructor(bucket: Bucket, names: FileNames) {
    this.#bucket = bucket;
    this.#names = names;
    this.#remote = new RemoteEntries(bucket, names);
  }

  async *places(): AsyncGenerator<readonly Place[]> {
    for await (const page of this.#listed())
      yield page.flatMap((listed): Place[] => {
        const key = keyAt(listed.place);
        if (key !== undefined && listed.hasManifest) return [{ kind: 'entry', key }];
        const place = entriesFolder + listed.place;
        return isLeft(listed) ? [{ kind: 'stray', place }] : [];
      });
  }

  /** A listing alone tells. */
  async expected(): Promise<undefined> {
    return undefined;
  }

  modified(keys: readonly EntryKey[]): Promise<(number | undefined)[]> {
    return each(keys, (key) => lastUse(this.#bucket, key, this.#names.manifestName));
  }

  sizes(keys: readonly EntryKey[]): Promise<number[]> {
    return each(keys, async (key) => {
      let size = 0;
      for await (const page of this.#bucket.list(entryFolder(key)))
        size += page.reduce((sum, object) => sum + object.size, 0);
      return size;
    });
  }

  identities(keys: readonly EntryKey[]): Promise<(number | undefined)[]> {
    return each(keys, async (key) => identityOf((await this.#manifest(key))?.etag));
  }

  locate(key: EntryKey): Promise<FoundEntry | undefined> {
    return this.#remote.locate(key);
  }

  holds(keys: readonly EntryKey[]): Promise<boolean[]> {
    return each(keys, async (key) => (await this.#manifest(key)) !== undefined);
  }

  /** Files whose publication was interrupted, a day after it. */
  async *removeEmpty(): AsyncGenerator<number> {
    for await (const page of this.#listed())
      for (const listed of page) {
        const key = keyAt(listed.place);
        // It may have been published since it was listed.
        if (key === undefined || !isLeft(listed) || (await this.holds([key]))[0] === true) continue;
        await each(listed.keys, (object) => this.#bucket.remove(object));
        yield listed.keys.length;
      }
  }

  #manifest(key: EntryKey) {
    return this.#bucket.head(fileKey(key, this.#names.manifestName));
  }

  /** A listing is sorted, so the objects of an entry come one after another. */
  async *#listed(): AsyncGenerator<readonly Listed[]> {
    let last: Listed | undefined;
    for await (const objects of this.#bucket.list(entriesFolder)) {
      const whole: Listed[] = [];
      for (const { key, modified } of objects) {
        if (key.startsWith(indexFolder)) continue;
        const [config = '', source = '', ...path] = key.slice(entriesFolder.length).split('/');
        const place = `${config}/${source}`;
        if (last?.place !== place) {
          if (last !== undefined) whole.push(last);
          last = { place, keys: [], hasManifest: false, modified: 0 };
        }
        last.keys.push(key);
        last.hasManifest ||= path.join('/') === this.#names.manifestName;
        last.modified = Math.max(last.modified, modified);
      }
      yield whole;
    }
    if (last !== undefined) yield [last];
  }
}

const isLeft = ({ hasManifest, modified }: Listed): boolean =>
  !hasManifest && modified < Date.now() - longestPublicationMs;

function keyAt(place: string): EntryKey | undefined {
  const [config_hash = '', source_hash = ''] = place.split('/');
  return isConfigHash(config_hash) && isSegment(source_hash)
    ? { config_hash, source_hash }
    : undefined;
}

/** A number made of the manifest's etag, which names its content. */
export const identityOf = (etag: string | undefined): number | undefined =>
  etag === undefined ? undefined : Number.parseInt(sha256(etag).slice(0, 13), 16);
