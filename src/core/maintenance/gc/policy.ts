/**
 * Decides which entries stay: it takes facts and gives a verdict with its reason. Touches nothing. All times in milliseconds.
 */

export interface GcPolicy {
  /** How many results of each track stay, the latest first; at least 1. */
  readonly keepLast: number;
  /** An entry that was published, or on which a job relied, within this time stays. */
  readonly keepMs: number;
  /** A track that got no result for this long is removed; null: none is. */
  readonly trackMs: number | null;
  /**
   * Bytes that entries may take, or null. Entries that only their age keeps are removed to fit, the least recently used first.
   */
  readonly maxSize: number | null;
  /** How long an entry stays in the trash. */
  readonly graceMs: number;
  readonly keepJobs: number;
  readonly keepJobMs: number;
  /** Evidence in quarantine that is older is removed; null: none is. */
  readonly quarantineMs: number | null;
  /** Files in the runners' cache that were not used for longer are removed. */
  readonly cacheMs: number;
  /** Bytes that the cache may take; the least recently used files are removed first. */
  readonly cacheSize: number;
  /** An entry used within this time stays, whatever the other rules say: someone may still hold its pointer or its key. */
  readonly settleMs: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const defaultPolicy: GcPolicy = {
  keepLast: 1,
  keepMs: 30 * dayMs,
  trackMs: null,
  maxSize: null,
  graceMs: dayMs,
  keepJobs: 100_000,
  keepJobMs: 30 * dayMs,
  quarantineMs: null,
  cacheMs: 30 * dayMs,
  cacheSize: 2 * 2 ** 30,
  settleMs: hourMs,
};

/** Why an entry must stay, whatever its age and size. */
export type Need =
  | { readonly by: 'job'; readonly job_id: string }
  | { readonly by: 'pin' }
  | { readonly by: 'pointer'; readonly track_id: string }
  /** An unreadable pointer could lead to it. */
  | { readonly by: 'unclear'; readonly file: string }
  /** It is one of the last results of a track; `rank` is 1 for the latest. */
  | { readonly by: 'latest'; readonly track_id: string; readonly rank: number }
  /** It was one of them less than `settleMs` ago. */
  | { readonly by: 'left'; readonly track_id: string };

export interface EntryFacts {
  readonly need: Need | undefined;
  /** When it was published, or a job last relied on it. */
  readonly modified: number;
  /** When it was last read, if that was recorded. */
  readonly read: number | undefined;
}

export interface Verdict {
  readonly action: 'keep' | 'remove';
  readonly reason: string;
  /** True if only its age keeps it, so that it is removed if space is needed. */
  readonly yields: boolean;
}

export function decide(facts: EntryFacts, policy: GcPolicy, now: number): Verdict {
  if (facts.need !== undefined) return keep(reasonOf(facts.need, policy));
  if (facts.modified > now) return keep('its time lies ahead of the clock');
  const settled = now - lastUse(facts) >= policy.settleMs;
  if (now - facts.modified < policy.keepMs)
    return { ...keep(`younger than ${days(policy.keepMs)}`), yields: settled };
  if (!settled) return keep('in use a moment ago');
  return {
    action: 'remove',
    reason: `no track needs it, older than ${days(policy.keepMs)}`,
    yields: false,
  };
}

export const lastUse = ({ modified, read }: Pick<EntryFacts, 'modified' | 'read'>): number =>
  Math.max(modified, read ?? modified);

/** An entry that only its age keeps. */
export interface Yielding {
  readonly bytes: number;
  readonly lastUse: number;
}

/** The entries to remove so that `excess` bytes are saved: the least recently used first, and no more than needed. */
export function cut<T extends Yielding>(yielding: readonly T[], excess: number): Set<T> {
  const going = new Set<T>();
  for (const one of [...yielding].sort((a, b) => a.lastUse - b.lastUse)) {
    if (excess <= 0) break;
    going.add(one);
    excess -= one.bytes;
  }
  return going;
}

export const days = (ms: number): string => `${Number((ms / dayMs).toFixed(3))}d`;

const keep = (reason: string): Verdict => ({ action: 'keep', reason, yields: false });

export function reasonOf(need: Need, { keepLast }: Pick<GcPolicy, 'keepLast'>): string {
  switch (need.by) {
    case 'job':
      return `job ${need.job_id}`;
    case 'pin':
      return 'pinned';
    case 'pointer':
      return `pointer of track ${need.track_id}`;
    case 'unclear':
      return `pointer echo/index/${need.file}, which cannot be read, may lead to it`;
    case 'latest':
      return keepLast === 1
        ? `the latest of track ${need.track_id}`
        : `one of the last ${keepLast} of track ${need.track_id}`;
    case 'left':
      return `track ${need.track_id} led to it a moment ago`;
    default:
      return need satisfies never;
  }
}
