import { CabError } from '../../model/errors.ts';
import { formatKey, type EntryKey } from '../../model/entry/key.ts';
import type { Arrival } from '../../ports/workspace.ts';

interface Place {
  readonly arrival: Promise<Arrival>;
  /** Resolved; undefined while it is made. */
  opened: Arrival | undefined;
  /** Bytes that came or were announced. */
  bytes: number;
  busy: number;
  /** Of the clock of `performance.now`. */
  usedAt: number;
}

/** Entries whose files come at the same time. With the limit on the bytes of one, it bounds what senders take of the disk. */
const mostPlaces = 8;

/** A sender that was silent for so long makes room for another. Milliseconds. */
const idleMs = 60_000;

/** A key's files may come twice, from two senders or after an interruption. */
const senders = 2;

/** The entries whose manifest has not come yet, by key. */
export class Arriving {
  readonly #places = new Map<string, Place>();
  readonly #make: () => Promise<Arrival>;

  constructor(make: () => Promise<Arrival>) {
    this.#make = make;
  }

  get(key: EntryKey): Arrival | undefined {
    return this.#places.get(formatKey(key))?.opened;
  }

  /**
   * Runs `work` with the place of an entry, which does not make room meanwhile. The bytes count if it gives true. Throws
   * server_busy, body_too_large.
   */
  async during(
    key: EntryKey,
    bytes: number,
    mostBytes: number,
    work: (arrival: Arrival) => Promise<boolean>,
  ): Promise<void> {
    const name = formatKey(key);
    const place = this.#places.get(name) ?? (await this.#placeFor(name));
    if (bytes > mostBytes || place.bytes + bytes > senders * mostBytes)
      throw new CabError(
        'body_too_large',
        `the files of ${name} are larger than this daemon takes`,
        {
          hint: 'Have the daemon started with a higher limit on entries.',
        },
      );
    place.bytes += bytes;
    place.busy += 1;
    let counts = false;
    try {
      place.opened = await place.arrival;
      counts = await work(place.opened);
    } finally {
      if (!counts) place.bytes -= bytes;
      place.busy -= 1;
      place.usedAt = performance.now();
    }
  }

  /** The caller discards the arrival; files that come from now on go to a new one. */
  ended(key: EntryKey): void {
    this.#places.delete(formatKey(key));
  }

  async close(): Promise<void> {
    for (const name of [...this.#places.keys()]) await this.#drop(name);
  }

  async #placeFor(name: string): Promise<Place> {
    if (this.#places.size >= mostPlaces) await this.#makeRoom();
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place: Place = {
      ...{ arrival: this.#make(), opened: undefined },
      ...{ bytes: 0, busy: 0, usedAt: performance.now() },
    };
    this.#places.set(name, place);
    place.arrival.catch(() => this.#places.delete(name));
    return place;
  }

  async #makeRoom(): Promise<void> {
    const idle = [...this.#places].filter(
      ([, { busy, usedAt }]) => busy === 0 && performance.now() - usedAt > idleMs,
    );
    const [oldest] = idle.toSorted(([, a], [, b]) => a.usedAt - b.usedAt);
    if (oldest === undefined)
      throw new CabError('server_busy', `${mostPlaces} entries are being sent here already`);
    await this.#drop(oldest[0]);
  }

  async #drop(name: string): Promise<void> {
    const place = this.#places.get(name);
    this.#places.delete(name);
    await (await place?.arrival.catch(() => undefined))?.discard();
  }
}
