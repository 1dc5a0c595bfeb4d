import type { DigestMemory } from '../../model/request/digest-memory.ts';
import type { JobQueue } from './job-queue.ts';
import type { JobRecords } from './job-records.ts';
import type { JobTransfer } from './job-transfer.ts';
import type { KeyMemory } from './key-memory.ts';
import type { JobCollection } from './retention.ts';
import type { TrackRecords } from './track-records.ts';
import type { UnwrittenEntries } from './unwritten-entries.ts';

/**
 * Everything that is kept of jobs; each reader asks for the part that it needs. Many processes may hold one at once. All methods
 * are asynchronous, so that a database server can implement it. Contract suite: test/contract/job-store.ts.
 */
export interface JobStore
  extends JobQueue, JobRecords, JobTransfer, TrackRecords, KeyMemory, JobCollection, DigestMemory {
  /** True if it is a read-only copy: it shows the jobs as they were when it was opened, and takes none. */
  readonly isCopy: boolean;

  /** Undefined if it keeps no entries. Then files are flushed before their job is done. */
  readonly unwritten?: UnwrittenEntries;

  /** Throws as `submit` would if no job could be accepted now. Writes nothing. */
  assertWritable(): Promise<void>;

  /**
   * Throws root_moved if the store was moved away, removed or replaced: a process that opens it now would not find what is
   * written here. Cheap, so that it can be asked before each job. `submit` and `claim` ask it themselves.
   */
  assertInPlace(): Promise<void>;

  /** What is wrong with the store itself, in a few lines at most; empty if it is sound. May take long. */
  check(): Promise<readonly string[]>;

  /** Idempotent. */
  close(): Promise<void>;
}
