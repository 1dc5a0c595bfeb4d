import { describe } from 'vitest';
import type { JobStore } from '../../src/core/ports/jobs/job-store.ts';
import type { Owner } from '../../src/core/model/job/job.ts';
import type { TestClock } from '../helpers/test-clock.ts';
import { describeClaimScopes } from './job-store/claim-scopes.ts';
import { describeClaims } from './job-store/claims.ts';
import { describeCollection } from './job-store/collection.ts';
import { describeCondemnations } from './job-store/condemnations.ts';
import { describeEndings } from './job-store/endings.ts';
import { describeForgetting } from './job-store/forgetting.ts';
import { describeLeases } from './job-store/leases.ts';
import { describeMemory } from './job-store/memory.ts';
import { describeSubmissions } from './job-store/submissions.ts';
import { describeTransfer } from './job-store/transfer.ts';
import { describeUnwritten } from './job-store/unwritten.ts';

/** A fresh, empty queue, as two processes hold it. */
export interface QueueFixture {
  readonly first: JobStore;
  readonly second: JobStore;
  /** The time that both go by. */
  readonly clock: TestClock;
  /** From now on this process counts as ended; every other counts as running. */
  readonly kill: (owner: Owner) => void;
  /** From now on nobody can tell whether this process runs. */
  readonly hide: (owner: Owner) => void;
  close(): Promise<void>;
}

/** Runs a test with a fresh queue, and puts the queue away whatever comes of it. */
export type WithQueue = (test: (queue: QueueFixture) => Promise<void>) => () => Promise<void>;

/** What every JobStore promises. */
export function describeJobStore(name: string, make: () => Promise<QueueFixture>): void {
  const withQueue: WithQueue = (test) => async () => {
    const queue = await make();
    try {
      await test(queue);
    } finally {
      await queue.close();
    }
  };
  describe(`${name} as a job store`, () => {
    describeSubmissions(withQueue);
    describeClaims(withQueue);
    describeClaimScopes(withQueue);
    describeLeases(withQueue);
    describeEndings(withQueue);
    describeMemory(withQueue);
    describeCollection(withQueue);
    describeCondemnations(withQueue);
    describeForgetting(withQueue);
    describeTransfer(withQueue);
    describeUnwritten(withQueue);
  });
}
