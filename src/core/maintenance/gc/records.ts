/** Trims the job store: records of jobs that ended long ago, and what it remembers of entries and files that are gone. */
import { isStale } from '../../hashing/fingerprint.ts';
import { keyOf } from '../../model/entry/key.ts';
import { start, type AreGone, type SweepPosition, type Swept } from '../../ports/jobs/retention.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { GcContext } from './context.ts';

/** Milliseconds between two portions, in which other processes can use the job store. */
const leaveMs = 4;

export async function trimJobs(gc: GcContext, store: JobStore): Promise<void> {
  const { policy, now, dryRun } = gc.options;
  const rule = {
    keep: policy.keepJobs,
    before: iso(now - policy.keepJobMs),
    settled: iso(now - policy.settleMs),
    dryRun,
  };
  await portions(gc, 'trimming jobs', (from) => store.trim(rule, from), 'trimmed');
}

/** A dry run cannot count these: the entries are not gone yet. */
export async function forgetGone(gc: GcContext, store: JobStore): Promise<void> {
  const { policy, now, dryRun, root } = gc.options;
  if (dryRun) return;
  const areGone: AreGone = async (keys) => (await root.inventory.holds(keys)).map((held) => !held);
  const rule = { keepLast: policy.keepLast, before: iso(now - policy.keepJobMs) };
  const step = 'forgetting what is gone';
  await portions(gc, step, (from) => store.dropResults(rule, areGone, from), 'results');
  await portions(gc, step, (from) => store.dropAliases(areGone, from), 'aliases');
  await portions(gc, step, (from) => store.dropDigests(isStale, from), 'digests');
}

/** Drops what the ledger knows of entries that this garbage collection removed. */
export async function forgetReads(gc: GcContext): Promise<void> {
  const { ledger, going } = gc;
  const { dryRun, root, pace } = gc.options;
  if (ledger === undefined || dryRun) return;
  for (let at = 0; at < going.length; at += keysAtATime) {
    const keys = going.slice(at, at + keysAtATime).map(({ key }) => keyOf(key));
    const held = await root.inventory.holds(keys);
    const gone = keys.filter((_, n) => held[n] !== true);
    await ledger.forgetReads(gone);
    await ledger.forgetChecked(gone);
    if (pace.isDue) await pace.rest();
  }
}

const keysAtATime = 200;

/** So that submissions look at few rows. */
export async function forgetReleased(gc: GcContext, store: JobStore): Promise<void> {
  if (!gc.options.dryRun) await store.forgetReleased();
}

export async function giveSpaceBack(gc: GcContext, store: JobStore): Promise<void> {
  if (gc.options.dryRun) return;
  while (await store.shrink()) await gc.options.pace.rest(leaveMs);
}

async function portions(
  gc: GcContext,
  step: string,
  portion: (from: SweepPosition) => Promise<Swept>,
  count: keyof GcContext['counts']['jobs'],
): Promise<void> {
  for (let from: SweepPosition | undefined = start; from !== undefined;) {
    const { dropped, next }: Swept = await portion(from);
    gc.counts.jobs[count] += dropped;
    gc.progress(step, gc.counts.jobs[count]);
    if (next !== undefined) await gc.options.pace.rest(gc.options.dryRun ? 0 : leaveMs);
    from = next;
  }
}

const iso = (ms: number): string => new Date(Math.max(0, ms)).toISOString();
