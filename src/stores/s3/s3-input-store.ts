/**
 * Inputs of a queue that machines share, and databases. Small text goes with its job, into the job store. All else goes into the
 * bucket, to `.cab/inputs/<sha256 of its bytes>`, and from there into the root of each machine that needs it.
 */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { CabError } from '../../core/model/errors.ts';
import type { SentInput } from '../../core/model/request/sent-input.ts';
import type { InputStore, UnfoldedInput } from '../../core/ports/input-store.ts';
import { KeyedMutex } from '../../support/keyed-mutex.ts';
import type { Bucket } from './connection/bucket.ts';
import { fileBody } from './connection/request-body.ts';
import { inputsFolder } from './object-keys.ts';

/** The inputs in the root of this machine. */
export interface InputsHere extends InputStore {
  /** The place of a file with this SHA-256, not hashed as JSON. */
  placeOfFile(digest: string): string;

  /** Writes a file that appears whole or not at all; if it is not to replace one, the one that stands stays. */
  receive(place: string, bytes: AsyncIterable<Uint8Array>, replaces?: boolean): Promise<void>;
}

export class S3InputStore implements InputStore {
  readonly isShared = true;
  readonly #bucket: Bucket;
  readonly #here: InputsHere;
  readonly #turns = new KeyedMutex();

  constructor(bucket: Bucket, here: InputsHere) {
    this.#bucket = bucket;
    this.#here = here;
  }

  placeOf(sent: SentInput, isJson: boolean): string {
    return this.#here.placeOf(sent, isJson);
  }

  owns(place: string): boolean {
    return this.#here.owns(place);
  }

  currentPlace(recorded: string): string {
    return this.#here.currentPlace(recorded);
  }

  unfold(place: string, text: string): Promise<UnfoldedInput> {
    return this.#here.unfold(place, text);
  }

  async keep(sent: SentInput, place: string): Promise<string | undefined> {
    const text = await this.#here.keep(sent, place);
    if (text !== undefined) return text;
    // What stands there already has these bytes, and gets the time of now, by which garbage collection goes.
    const body = fileBody(place, statSync(place).size, digestIn(place));
    await this.#bucket.put(keyOf(place), { body });
    return undefined;
  }

  /** Most jobs name a database that was sent before, so the bucket is asked first. */
  async keepFile(path: string, digest: string): Promise<string | undefined> {
    const place = this.#here.placeOfFile(digest);
    const { size } = statSync(path);
    if (size > mostBytes) return undefined;
    await this.#turns.take(place, async () => {
      const there = await this.#bucket.head(keyOf(place));
      if (there?.size === size && there.sha256 === digest) return;
      await this.#bucket.put(keyOf(place), { body: fileBody(path, size, digest) });
    });
    return place;
  }

  /** Jobs that begin together name one database, which is fetched once. */
  async fetch(place: string): Promise<void> {
    if (existsSync(place)) return;
    await this.#turns.take(place, async () => {
      if (!existsSync(place)) await this.#receive(place, false);
    });
  }

  async renew(place: string): Promise<void> {
    await this.#turns.take(place, () => this.#receive(place, true));
  }

  async #receive(place: string, replaces: boolean): Promise<void> {
    await this.#bucket.read(keyOf(place), undefined, (bytes) =>
      this.#here.receive(place, checked(bytes, this.#bucket.name, place), replaces),
    );
  }
}

/** What one PUT takes. */
const mostBytes = 5 * 2 ** 30;

const keyOf = (place: string): string => inputsFolder + basename(place);
const digestIn = (place: string): string => basename(place, '.json');

/** @throws CabError hash_mismatch, at the end, for other bytes than the name says */
async function* checked(
  bytes: AsyncIterable<Uint8Array>,
  store: string,
  place: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const piece of bytes) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest('hex') !== digestIn(place))
    throw new CabError('hash_mismatch', `${store}/${keyOf(place)} is not what its name says`, {
      hint: 'Remove that object, and submit the job again where its input and its database lie.',
    });
}
