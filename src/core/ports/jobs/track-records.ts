import type { TrackStep } from '../../model/entry/pointer.ts';

/** A pointer record. A record without a job's id is the latest of its track. */
export type KnownPointer = Omit<TrackStep, 'job_id'> & { readonly job_id: string | null };

/** A track whose pointer was not looked at since this job of the track was done. */
export interface TrailingTrack {
  readonly job_id: string;
  readonly track_id: string;
}

/** The results of tracks, in the order of their submissions. It decides which one a pointer names. Part of JobStore's contract suite. */
export interface TrackRecords {
  /** Pointer records of a track, the latest submission first. */
  history(track_id: string, limit: number): Promise<readonly TrackStep[]>;

  /** Forgets the pointer records of a track, durably, and that its pointer is to be looked at. Jobs of it that end later begin new ones. */
  forgetTrack(track_id: string): Promise<void>;

  /**
   * Adds pointer records that are known from elsewhere, for example from manifests of entries. Existing records are kept. A
   * record without an id gets a fresh id and comes before all others. Ids that are handed out later are greater than all of
   * these. Durable on return; all or none.
   */
  adopt(pointers: readonly KnownPointer[]): Promise<void>;

  /**
   * Jobs that are done and that `caughtUp` was not called for since, in no order. Includes jobs that were done at submission.
   * Their process is about to look at the track's pointer, or died before it did.
   */
  trailing(): Promise<readonly TrailingTrack[]>;
  /** Says that the pointers of these jobs' tracks were looked at after their end. May be lost in a crash; never throws. */
  caughtUp(job_ids: readonly string[]): void;
}
