/** What stays and what goes: facts in, a verdict and its reason out. Touches nothing. All times in milliseconds. */

export interface GcPolicy {
  /** Results of each track that stay, the latest first; at least 1. */
  readonly keepLast: number;
  /** What was published, or relied on by a job, less long ago stays. */
  readonly keepMs: number;
  /** Bytes that entries may take, or null. What only its age keeps goes for it, the least recently used first. */
  readonly maxSize: number | null;
  /** What lies in the trash for less long stays there. */
  readonly graceMs: number;
  readonly keepJobs: number;
  readonly keepJobMs: number;
  /** Evidence in quarantine that is older goes; null: none does. */
  readonly quarantineMs: number | null;
  /** What runners keep in the cache of the root goes if it was not used for longer. */
  readonly cacheMs: number;
  /** Bytes that the cache may take; the least recently used goes first. */
  readonly cacheSize: number;
  /** What was in use less long ago stays whatever else is said: its pointer or its key may be in someone's hands. */
  readonly settleMs: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const defaultPolicy: GcPolicy = {
  keepLast: 1,
  keepMs: 30 * dayMs,
  maxSize: null,
  graceMs: dayMs,
  keepJobs: 100_000,
  keepJobMs: 30 * dayMs,
  quarantineMs: null,
  cacheMs: 30 * dayMs,
  cacheSize: 2 * 2 ** 30,
  settleMs: hourMs,
};

/** Why an entry must stay, whatever its age and the room it takes. */
export type Need =
  | { readonly by: 'job'; readonly job_id: string }
  | { readonly by: 'pin' }
  | { readonly by: 'pointer'; readonly track_id: string }
  /** A pointer that cannot be read could mean it. */
  | { readonly by: 'unclear'; readonly file: string }
  /** One of the last results of a track; `rank` is 1 for the latest. */
  | { readonly by: 'latest'; readonly track_id: string; readonly rank: number }
  /** It was one of them a moment ago. */
  | { readonly by: 'left'; readonly track_id: string };

export interface EntryFacts {
  readonly need: Need | undefined;
  /** When it was published, or a job last relied on it. */
  readonly modified: number;
  /** When it was last read, as far as that was recorded. */
  readonly read: number | undefined;
}

export interface Verdict {
  readonly action: 'keep' | 'remove';
  readonly reason: string;
  /** True where it stays only for its age, and goes where room is wanted. */
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

/** One that stays only for its age. */
export interface Yielding {
  readonly bytes: number;
  readonly lastUse: number;
}

/** Which of them go so that `excess` bytes are saved: the least recently used, and no more than that takes. */
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
