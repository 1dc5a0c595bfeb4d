import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { formatKey, keyOf, type EntryKey } from '../../../core/model/entry/key.ts';
import type { EntryCache } from '../../../core/ports/entry-cache.ts';
import type { PinStore } from '../../../core/ports/maintenance/pin-store.ts';
import type {
  Candidate,
  Evidence,
  Haul,
  Restorer,
  Taking,
  Trash,
} from '../../../core/ports/maintenance/trash.ts';
import type { Bucket } from '../connection/bucket.ts';
import { bytesBody } from '../connection/request-body.ts';
import { lastUse } from '../entries/last-use.ts';
import { each, keysIn, moveFolder, removeFolder } from '../folders.ts';
import { entryFolder, fileKey, trashFolder, usedKey } from '../object-keys.ts';
import type { Quarantine } from '../quarantine.ts';

export interface S3TrashOptions {
  readonly bucket: Bucket;
  readonly manifestName: string;
  readonly pins: PinStore;
  readonly quarantine: Quarantine;
  readonly cache: EntryCache;
}

/** In the folder of a haul, before its entries. Without it the haul is doomed. */
const haulFile = 'haul.json';
const haulSchema = z.object({ at: z.number() });

/** The trash in a bucket, `.cab/trash/<id>/<config_hash>/<source_hash>/`, as one garbage collection uses it. */
export class S3Trash implements Trash {
  readonly #options: S3TrashOptions;
  readonly #own: Haul;
  #isBegun = false;

  /** @param now when the garbage collection began, in milliseconds of wall time */
  constructor(options: S3TrashOptions, now: number) {
    this.#options = options;
    this.#own = { id: randomUUID(), at: now };
  }

  async take({ key, modified }: Candidate): Promise<Taking> {
    const { bucket, manifestName, pins, cache } = this.#options;
    if (await pins.has(key)) return 'kept';
    const at = await lastUse(bucket, key, manifestName);
    if (at === undefined) return 'gone';
    if (at !== modified) return 'kept';
    if (!this.#isBegun) await this.#note(this.#own);
    this.#isBegun = true;
    await moveFolder(bucket, entryFolder(key), folderIn(this.#own, key), manifestName);
    await bucket.remove(usedKey(key));
    await cache.drop(key);
    return 'taken';
  }

  absolve(key: EntryKey): Promise<boolean> {
    return putBack(this.#options, this.#own, key);
  }

  hauls(): Promise<readonly Haul[]> {
    return haulsIn(this.#options.bucket);
  }

  async *entriesOf(haul: Haul): AsyncGenerator<readonly EntryKey[]> {
    const { bucket, manifestName } = this.#options;
    const folder = folderOf(haul);
    for await (const page of bucket.list(folder))
      yield page
        .map(({ key }) => key.slice(folder.length))
        .filter((path) => path.split('/').length === 3 && path.endsWith(`/${manifestName}`))
        .map((path) => keyOf(path.slice(0, -manifestName.length - 1)));
  }

  putBack(haul: Haul, key: EntryKey): Promise<boolean> {
    return putBack(this.#options, haul, key);
  }

  restamp({ id }: Haul): Promise<void> {
    return this.#note({ id, at: this.#own.at });
  }

  doom(haul: Haul): Promise<void> {
    return this.#options.bucket.remove(folderOf(haul) + haulFile);
  }

  evidence(): Promise<readonly Evidence[]> {
    return this.#options.quarantine.all();
  }

  discard(evidence: Evidence): Promise<boolean> {
    return this.#options.quarantine.discard(evidence);
  }

  async *empty(): AsyncGenerator<number> {
    const { bucket } = this.#options;
    for await (const ids of bucket.folders(trashFolder))
      for (const id of ids) {
        const folder = folderOf({ id });
        if ((await bucket.head(folder + haulFile)) === undefined)
          yield await removeFolder(bucket, folder);
      }
  }

  #note({ id, at }: Haul): Promise<void> {
    const body = bytesBody(Buffer.from(JSON.stringify({ at })));
    const contentType = 'application/json';
    return this.#options.bucket.put(folderOf({ id }) + haulFile, { body, contentType });
  }
}

/** Brings back single entries from the trash in a bucket. */
export class S3Restorer implements Restorer {
  readonly #options: S3TrashOptions;

  constructor(options: S3TrashOptions) {
    this.#options = options;
  }

  async has(key: EntryKey): Promise<boolean> {
    return (await this.#latest(key)) !== undefined;
  }

  async restore(key: EntryKey): Promise<'restored' | 'stands' | 'gone'> {
    if (await isThere(this.#options, entryFolder(key))) return 'stands';
    const haul = await this.#latest(key);
    return haul !== undefined && (await putBack(this.#options, haul, key)) ? 'restored' : 'gone';
  }

  /** The haul that took this entry last. */
  async #latest(key: EntryKey): Promise<Haul | undefined> {
    const hauls = await haulsIn(this.#options.bucket);
    const holding = await each(hauls, (haul) => isThere(this.#options, folderIn(haul, key)));
    return hauls.filter((_, n) => holding[n] === true).sort((one, two) => two.at - one.at)[0];
  }
}

const folderOf = ({ id }: Pick<Haul, 'id'>): string => `${trashFolder}${id}/`;

const folderIn = (haul: Haul, key: EntryKey): string => `${folderOf(haul)}${formatKey(key)}/`;

/** Whether a whole entry is in a folder: its manifest came last. */
const isThere = async (
  { bucket, manifestName }: S3TrashOptions,
  folder: string,
): Promise<boolean> => (await bucket.head(folder + manifestName)) !== undefined;

/** The manifest goes back last. Nothing takes the place of what another publication has put there meanwhile. */
async function putBack(options: S3TrashOptions, haul: Haul, key: EntryKey): Promise<boolean> {
  const { bucket, manifestName } = options;
  const from = folderIn(haul, key);
  if (await isThere(options, entryFolder(key))) return false;
  const isDoomed = (await bucket.head(folderOf(haul) + haulFile)) === undefined;
  if (isDoomed || !(await isThere(options, from))) return false;
  const objects = await keysIn(bucket, from);
  const back = (object: string): Promise<boolean> =>
    bucket.copyNew(object, fileKey(key, object.slice(from.length)));
  const isManifest = (object: string): boolean => object === from + manifestName;
  const files = await each(
    objects.filter((object) => !isManifest(object)),
    back,
  );
  if (!files.every(Boolean) || !(await back(from + manifestName))) return false;
  await removeFolder(bucket, from);
  return true;
}

async function haulsIn(bucket: Bucket): Promise<readonly Haul[]> {
  const found: Haul[] = [];
  for await (const ids of bucket.folders(trashFolder)) {
    const notes = await each(ids, (id) => bucket.get(folderOf({ id }) + haulFile));
    ids.forEach((id, n) => {
      const note = notes[n];
      const parsed = note && haulSchema.safeParse(JSON.parse(note.toString('utf8')));
      if (parsed?.success === true) found.push({ id, at: parsed.data.at });
    });
  }
  return found;
}
