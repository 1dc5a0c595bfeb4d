/** Looks at every entry and decides. Touches nothing. */
import { CabError } from '../../model/errors.ts';
import { keyOf, formatKey, type EntryKey } from '../../model/key.ts';
import type { GcContext, Going } from './context.ts';
import { cut, decide, lastUse, type Verdict } from './policy.ts';

/** An entry that only its age keeps; it may still be removed. */
interface Yielded extends Going {
  readonly lastUse: number;
}

/** An entry that is there, with its verdict. */
interface Decided {
  readonly key: EntryKey;
  readonly modified: number;
  readonly read: number | undefined;
  readonly verdict: Verdict;
}

/** @throws CabError store_unreadable if a part of the tree cannot be read */
export async function plan(gc: GcContext): Promise<void> {
  const { pace, root, policy } = gc.options;
  const planning = new Planning(gc);
  const total = await root.inventory.expected();
  for await (const places of root.inventory.places()) {
    const keys: EntryKey[] = [];
    for (const place of places) {
      if (place.kind === 'unreadable')
        throw new CabError('store_unreadable', `${place.where} cannot be read (${place.errno})`);
      if (place.kind === 'entry') keys.push(place.key);
    }
    await planning.consider(keys);
    if (!pace.isDue) continue;
    gc.progress('looking at entries', gc.counts.entries.seen, total);
    await pace.rest();
  }
  if (policy.maxSize !== null) planning.makeRoom(policy.maxSize);
}

class Planning {
  readonly #gc: GcContext;
  readonly #yielding: Yielded[] = [];
  #keptBytes = 0;

  constructor(gc: GcContext) {
    this.#gc = gc;
  }

  async consider(keys: readonly EntryKey[]): Promise<void> {
    const decided = await this.#decide(keys);
    this.#gc.counts.entries.seen += decided.length;
    const sizes = await this.#sizesOf(decided);
    for (const one of decided) this.#add(one, sizes.get(one));
  }

  async #decide(keys: readonly EntryKey[]): Promise<Decided[]> {
    const { root, policy, now } = this.#gc.options;
    const times = await root.inventory.modified(keys);
    const needs = keys.map((key) => this.#gc.needs.of(formatKey(key)));
    // Reads the ledger only for entries that would be removed.
    const unneeded = keys.filter((_, at) => needs[at] === undefined && times[at] !== undefined);
    const reads = (await this.#gc.ledger?.lastReads(unneeded)) ?? [];
    const readAt = new Map(unneeded.map((key, at) => [key, reads[at]]));
    return keys.flatMap((key, at) => {
      const modified = times[at];
      if (modified === undefined) return [];
      const read = readAt.get(key);
      const verdict = decide({ need: needs[at], modified, read }, policy, now);
      return [{ key, modified, read, verdict }];
    });
  }

  /** Sizes are needed for entries that will be removed, and for all entries if `maxSize` is set. */
  async #sizesOf(decided: readonly Decided[]): Promise<ReadonlyMap<Decided, number>> {
    const { root, policy } = this.#gc.options;
    const sized = decided.filter(
      ({ verdict }) => verdict.action === 'remove' || policy.maxSize !== null,
    );
    const sizes = await root.inventory.sizes(sized.map(({ key }) => key));
    return new Map(sized.map((one, at) => [one, sizes[at] ?? 0]));
  }

  #add({ key, modified, read, verdict }: Decided, size: number | undefined): void {
    const bytes = size ?? 0;
    const one = { key: formatKey(key), modified, bytes, reason: verdict.reason };
    if (verdict.action === 'keep') this.#keptBytes += bytes;
    if (verdict.yields && this.#gc.options.policy.maxSize !== null)
      this.#yielding.push({ ...one, lastUse: lastUse({ modified, read }) });
    else this.#settle(one, verdict.action, size !== undefined);
  }

  makeRoom(maxSize: number): void {
    const { counts, options } = this.#gc;
    const going = cut(this.#yielding, this.#keptBytes - maxSize);
    for (const one of this.#yielding) {
      const { lastUse, ...rest } = one;
      if (!going.has(one)) this.#settle(rest, 'keep', true);
      else {
        this.#keptBytes -= one.bytes;
        const reason = `above the size that is allowed, last used ${new Date(lastUse).toISOString()}`;
        this.#settle({ ...rest, reason }, 'remove', true);
      }
    }
    counts.entries.kept_bytes = this.#keptBytes;
    counts.entries.over = Math.max(0, this.#keptBytes - maxSize);
    if (counts.entries.over > 0 && options.policy.maxSize !== null)
      this.#gc.notes.push(
        'what is left is above --max-size: tracks, pins or jobs need it, or it was in use a moment ago',
      );
  }

  #settle(one: Going, action: Verdict['action'], sized: boolean): void {
    const { counts, options, going } = this.#gc;
    if (action === 'keep') counts.entries.kept += 1;
    else going.push(one);
    if (options.dryRun) {
      options.onDecision?.({
        ...keyOf(one.key),
        action,
        reason: one.reason,
        modified_at: new Date(one.modified).toISOString(),
        bytes: sized ? one.bytes : null,
      });
      if (action === 'remove') {
        counts.entries.removed += 1;
        counts.entries.removed_bytes += one.bytes;
      }
    }
  }
}
