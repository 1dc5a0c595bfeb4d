import type { EntryKey } from '../entry/key.ts';
import type { MissReason } from '../report/stats.ts';
import type { Difference } from './explanation.ts';
import type { JsonObject } from './job.ts';
import type { SubmitRequest } from '../request/submit-request.ts';

/** Why a job ran, from what is on record now, and how to submit it again. */
export interface JobExplanation {
  readonly job_id: string;
  /** Null for a hit, and for a job that was refused. */
  readonly reason: MissReason | null;
  /** The predicted key. */
  readonly key: EntryKey;
  /** The material of `config_hash`; null if the caller gave the hash. */
  readonly config: JsonObject | null;
  /** Of the entries of this source that were published before the job began, the one with the fewest differences. */
  readonly closest: {
    readonly key: EntryKey;
    readonly created_at: string | null;
    readonly differences: readonly Difference[];
  } | null;
  /** True if there are more entries or jobs than the search looked at. */
  readonly partial: boolean;
  /** What makes the same job again. Null for a command of a process, which no one else can run. */
  readonly request: SubmitRequest | null;
  /** True if the input was sent, not named: `request` does not hold it. */
  readonly kept: boolean;
}
