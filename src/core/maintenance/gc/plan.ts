/** Looks at every entry and decides: nothing is touched. */
import { lstatSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { errnoOf } from '../../model/errors.ts';
import { keyOf, formatKey, type EntryKey } from '../../model/key.ts';
import { entryPlaces } from '../walk.ts';
import { refusal, type GcContext, type Going } from './context.ts';
import { cut, decide, lastUse, type Verdict } from './policy.ts';

/** One that stays for its age alone; it may yet go. */
interface Yielded extends Going {
  readonly lastUse: number;
}

/** @throws CabError store_unreadable where a part of the tree cannot be seen */
export async function plan(gc: GcContext): Promise<void> {
  const { pace, layout, policy } = gc.options;
  const planning = new Planning(gc);
  const total = expectedEntries(gc);
  for (const place of entryPlaces(layout)) {
    if (place.kind === 'unreadable')
      throw refusal(`${place.path} cannot be read (${place.errno})`, undefined);
    if (place.kind === 'entry') planning.consider(place.key);
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

  consider(key: EntryKey): void {
    const { layout, policy, now } = this.#gc.options;
    const dir = layout.entry(key);
    const modified = modifiedAt(dir);
    if (modified === undefined) return;
    const text = formatKey(key);
    const need = this.#gc.needs.of(text);
    // Only what is about to go is worth a look into the record of reads.
    const read = need === undefined ? this.#gc.ledger?.lastRead(key) : undefined;
    const verdict = decide({ need, modified, read }, policy, now);
    this.#gc.counts.entries.seen += 1;
    const sized = verdict.action === 'remove' || policy.maxSize !== null;
    const bytes = sized ? bytesIn(dir) : 0;
    const one = { key: text, modified, bytes, reason: verdict.reason };
    if (verdict.action === 'keep') this.#keptBytes += bytes;
    if (verdict.yields && policy.maxSize !== null)
      this.#yielding.push({ ...one, lastUse: lastUse({ modified, read }) });
    else this.#settle(one, verdict.action, sized);
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

/** Undefined where it went in the meantime, or is no directory any more. */
function modifiedAt(dir: string): number | undefined {
  const stats = lstatSync(dir, { throwIfNoEntry: false });
  return stats?.isDirectory() === true ? stats.mtimeMs : undefined;
}

/** Of all files below; what vanishes counts for nothing. */
function bytesIn(dir: string): number {
  let bytes = 0;
  try {
    for (const name of readdirSync(dir)) {
      const path = `${dir}${sep}${name}`;
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats?.isDirectory() === true) bytes += bytesIn(path);
      else bytes += stats?.size ?? 0;
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno !== 'ENOENT') throw refusal(`${dir} cannot be read (${errno})`, error);
  }
  return bytes;
}

/**
 * From the links of the directories, which most file systems count by their subdirectories; undefined where one
 * does not. For the time that is left, not for any decision.
 */
function expectedEntries({ options: { layout } }: GcContext): number | undefined {
  let total = 0;
  try {
    for (const item of readdirSync(layout.entries, { withFileTypes: true })) {
      if (!item.isDirectory() || item.name === 'index') continue;
      const { nlink } = lstatSync(join(layout.entries, item.name));
      if (nlink < 2) return undefined;
      total += nlink - 2;
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
  return total;
}
