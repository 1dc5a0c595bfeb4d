import type { JobState } from './job.ts';
import type { EntryKey } from '../entry/key.ts';

/** What searches and counts need of a job. It costs a fraction of the whole job. */
export interface JobOutline {
  readonly id: string;
  readonly state: JobState;
  /** The entry's key: the published one if the job is done, else the predicted one. */
  readonly key: EntryKey;
  readonly track_id: string | null;
  readonly runner: string;
  /** Absolute. */
  readonly input_path: string;
  readonly force: boolean;
  readonly cached: boolean;
  readonly submitted_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}
