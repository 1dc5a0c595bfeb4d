/**
 * Every entry, the ones never checked first, then those checked the longest ago. Two passes over the tree in place
 * of one list of it: the first walks it and checks what the ledger does not know, the second follows the ledger. So
 * a tree of any size is checked in little memory, and a check that was interrupted goes on where it was.
 */
import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../../model/errors.ts';
import type { EntryKey } from '../../model/key.ts';
import type { Checked } from '../ledger.ts';
import { entryPlaces, type Place } from '../walk.ts';
import type { VerifyContext } from './context.ts';

export async function checkEntries(verify: VerifyContext): Promise<void> {
  const total = await countEntries(verify);
  const work = new EntryWork(verify, total);
  await work.takeUnknown();
  await work.takeKnown();
  await work.end();
}

/** What lies below `echo/`, counted, so that progress knows its end; and what does not belong there, once. */
async function countEntries(verify: VerifyContext): Promise<number> {
  const { layout, scope, pace } = verify.options;
  for (const place of entryPlaces(layout)) {
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
  findings.add({ class: place.kind, path: place.path, message, expected: null, actual: null });
}

/** A batch takes a thread some tens of milliseconds: few messages, and an end that all threads reach together. */
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
    const { ledger, counts } = this.#verify;
    const { layout, scope, sample, quick, pace } = this.#verify.options;
    const known = quick || ledger?.isEmpty !== false ? undefined : ledger;
    for (const place of entryPlaces(layout)) {
      if (place.kind !== 'entry' || !scope.hasEntry(place.key)) continue;
      if (sample?.has(place.key) === false) counts.unsampled += 1;
      else if (!isKnown(known?.checked(place.key), layout.entry(place.key)))
        await this.#take(place.key);
      if (pace.isDue) await pace.rest();
    }
  }

  async takeKnown(): Promise<void> {
    const { ledger, counts } = this.#verify;
    const { now, maxAgeMs, scope, sample, layout, quick } = this.#verify.options;
    if (ledger === undefined || quick) return;
    const before = maxAgeMs === null ? now : now - maxAgeMs;
    let last: Checked | undefined;
    for (;;) {
      // Rows that are written meanwhile bear the time of this check, and lie behind its end.
      const page = ledger.checkedBefore(before, last, largestBatch);
      for (const row of page)
        if (
          scope.hasEntry(row.key) &&
          sample?.has(row.key) !== false &&
          isKnown(row, layout.entry(row.key))
        )
          await this.#take(row.key);
      last = page.at(-1);
      if (last === undefined) break;
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

  /** Two batches for each lane: one that it works on, one that waits for it. */
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
    const { inodes, files, bytes, troubled, notes } = await options.checker.check(batch);
    const took = (performance.now() - began) / 2;
    counts.checked += batch.length;
    counts.files += files;
    counts.bytes += bytes;
    for (const [at, key] of batch.entries()) {
      const inode = inodes[at] ?? Number.NaN;
      if (Number.isNaN(inode)) this.#gone.push(key);
      else this.#sound.push({ key, inode, at: options.now });
    }
    for (const note of notes) this.#verify.note(note);
    for (const { key } of troubled) await this.#lookAgain(key);
    const wanted = Math.ceil((batch.length * batchMs) / Math.max(took, 1));
    this.#batchSize = Math.max(1, Math.min(largestBatch, wanted, 2 * this.#batchSize));
    if (this.#sound.length >= rememberedAtOnce) await this.#remember();
  }

  /** A collection or a publisher may have taken the entry's directory away while it was looked at. */
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

function isKnown(checked: { inode: number } | undefined, dir: string): boolean {
  if (checked === undefined) return false;
  try {
    return statSync(dir).ino === checked.inode;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
