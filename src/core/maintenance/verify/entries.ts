/**
 * Checks every entry: first those never checked, then those checked the longest ago. It makes two passes instead of one list:
 * the first walks the tree and checks what the ledger does not know, the second follows the ledger. So a tree of any size is
 * checked in little memory, and an interrupted check continues where it stopped.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { EntryKey } from '../../model/key.ts';
import type { Place } from '../../ports/entry-inventory.ts';
import type { Checked } from '../../ports/ledger.ts';
import type { VerifyContext } from './context.ts';

export async function checkEntries(verify: VerifyContext): Promise<void> {
  const total = await countEntries(verify);
  const work = new EntryWork(verify, total);
  await work.takeUnknown();
  await work.takeKnown();
  await work.end();
}

/** Counts the entries below `echo/`, so that progress has a total, and reports once what does not belong there. */
async function countEntries(verify: VerifyContext): Promise<number> {
  const { root, scope, pace } = verify.options;
  for await (const places of root.inventory.places()) {
    for (const place of places)
      if (place.kind === 'entry') verify.counts.found += scope.hasEntry(place.key) ? 1 : 0;
      else if (scope.whole) tell(verify, place);
    if (!pace.isDue) continue;
    verify.progress('looking for entries', verify.counts.found);
    await pace.rest();
  }
  return verify.counts.found;
}

function tell({ findings }: VerifyContext, place: Exclude<Place, { kind: 'entry' }>): void {
  const message =
    place.kind === 'stray'
      ? 'no entry can stand here: not a directory whose name is a part of a key'
      : `the directory cannot be read (${place.errno})`;
  findings.add({ class: place.kind, place: place.place, message, expected: null, actual: null });
}

/**
 * The time that a thread needs for a batch. With batches of this size there are few messages, and all threads finish together.
 */
const batchMs = 30;
const largestBatch = 512;

class EntryWork {
  readonly #verify: VerifyContext;
  readonly #total: number;
  #batch: EntryKey[] = [];
  #batchSize = 1;
  #running = new Set<Promise<void>>();
  #sound: Checked[] = [];
  #gone: EntryKey[] = [];

  constructor(verify: VerifyContext, total: number) {
    this.#verify = verify;
    this.#total = total;
  }

  async takeUnknown(): Promise<void> {
    const { ledger, options } = this.#verify;
    const isNew = options.quick || ledger === undefined || (await ledger.isEmpty());
    const known = isNew ? undefined : ledger;
    for await (const places of options.root.inventory.places()) {
      const keys = this.#sampled(places);
      const checked = await known?.checked(keys);
      const isKnown = checked === undefined ? [] : await this.#areKnown(keys, checked);
      for (const [at, key] of keys.entries()) if (isKnown[at] !== true) await this.#take(key);
      if (options.pace.isDue) await options.pace.rest();
    }
  }

  /** The entries among these places that will be checked. */
  #sampled(places: readonly Place[]): EntryKey[] {
    const { options, counts } = this.#verify;
    const { scope, sample } = options;
    const keys = places.flatMap((place) =>
      place.kind === 'entry' && scope.hasEntry(place.key) ? [place.key] : [],
    );
    const sampled = keys.filter((key) => sample?.has(key) !== false);
    counts.unsampled += keys.length - sampled.length;
    return sampled;
  }

  /** Whether each standing entry is the one that was checked. */
  async #areKnown(
    keys: readonly EntryKey[],
    checked: readonly ({ readonly identity: number } | undefined)[],
  ): Promise<boolean[]> {
    const { inventory } = this.#verify.options.root;
    const asked = keys.filter((_, at) => checked[at] !== undefined);
    const identities = await inventory.identities(asked);
    const standing = new Map(asked.map((key, at) => [key, identities[at]]));
    return keys.map((key, at) => {
      const identity = checked[at]?.identity;
      return identity !== undefined && standing.get(key) === identity;
    });
  }

  async takeKnown(): Promise<void> {
    const { ledger, counts } = this.#verify;
    const { now, maxAgeMs, scope, sample, quick } = this.#verify.options;
    if (ledger === undefined || quick) return;
    const before = maxAgeMs === null ? now : now - maxAgeMs;
    let last: Checked | undefined;
    for (;;) {
      // Rows that are written meanwhile have the time of this check, so they come after the end of the list.
      const page = await ledger.checkedBefore(before, last, largestBatch);
      last = page.at(-1);
      if (last === undefined) break;
      const rows = page.filter(({ key }) => scope.hasEntry(key) && sample?.has(key) !== false);
      const keys = rows.map(({ key }) => key);
      const isKnown = await this.#areKnown(keys, rows);
      for (const [at, key] of keys.entries()) if (isKnown[at] === true) await this.#take(key);
    }
    await this.#flush();
    counts.fresh = Math.max(0, counts.found - counts.unsampled - counts.checked);
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#remember();
  }

  async #take(key: EntryKey): Promise<void> {
    if (this.#batch.push(key) >= this.#batchSize) await this.#send();
  }

  async #flush(): Promise<void> {
    await this.#send();
    await Promise.all(this.#running);
  }

  /** Two batches for each lane: one in work, one waiting. */
  async #send(): Promise<void> {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    const running: Promise<void> = this.#check(batch).finally(() => this.#running.delete(running));
    this.#running.add(running);
    if (this.#running.size >= 2 * this.#verify.options.checker.lanes)
      await Promise.race(this.#running);
    this.#verify.options.pace.throwIfAborted();
    this.#verify.progress('checking entries', this.#verify.counts.checked, this.#total);
  }

  async #check(batch: readonly EntryKey[]): Promise<void> {
    const { options, counts } = this.#verify;
    const began = performance.now();
    const { identities, files, bytes, troubled, notes } = await options.checker.check(batch);
    const took = (performance.now() - began) / 2;
    counts.checked += batch.length;
    counts.files += files;
    counts.bytes += bytes;
    for (const [at, key] of batch.entries()) {
      const identity = identities[at] ?? Number.NaN;
      if (Number.isNaN(identity)) this.#gone.push(key);
      else this.#sound.push({ key, identity, at: options.now });
    }
    for (const note of notes) this.#verify.note(note);
    for (const { key } of troubled) await this.#lookAgain(key);
    const wanted = Math.ceil((batch.length * batchMs) / Math.max(took, 1));
    this.#batchSize = Math.max(1, Math.min(largestBatch, wanted, 2 * this.#batchSize));
    if (this.#sound.length >= rememberedAtOnce) await this.#remember();
  }

  /** A garbage collection or a publisher may have removed the entry's directory during the check. */
  async #lookAgain(key: EntryKey): Promise<void> {
    await delay(secondLookMs);
    const { troubled } = await this.#verify.options.checker.check([key]);
    for (const { problems, notes } of troubled) {
      for (const problem of problems) this.#verify.findings.add(problem, { key });
      for (const note of notes) this.#verify.note(note);
    }
  }

  async #remember(): Promise<void> {
    const { ledger, options } = this.#verify;
    const [sound, gone] = [this.#sound, this.#gone];
    this.#sound = [];
    this.#gone = [];
    if (ledger === undefined || options.quick) return;
    await ledger.rememberChecked(sound);
    if (gone.length > 0) await ledger.forgetChecked(gone);
  }
}

const rememberedAtOnce = 4096;
const secondLookMs = 20;
