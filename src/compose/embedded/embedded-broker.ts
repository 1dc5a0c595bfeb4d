import type { Broker, JobPage, JobQuery } from '../../core/engine/broker.ts';
import type { Pointer, PointerRecord, TrackList } from '../../core/model/entry/pointer.ts';
import { CabError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { listing, type Listing } from './listing.ts';
import type { Maintenance } from './maintenance.ts';
import { runJob, type RunOptions, type RunRequest } from './run-job.ts';
import type { RunResult } from './run-result.ts';

/** The broker of a program: everything of `Broker`, `run` from a request to its result, and lists for `for await`. */
export interface ConnectedBroker extends Broker {
  /**
   * Submits, waits for the end, and returns the result, computed now or earlier. Throws CabError with the code of a job that
   * failed, and what `submit` throws. If the signal is aborted, cancels the job and throws the signal's reason.
   */
  run(request: RunRequest, options?: RunOptions): Promise<RunResult>;
  /**
   * Awaited it gives a page, in a `for await` the jobs of this page and of all later ones, the newest first; `limit` is then the
   * size of a page. Throws invalid_request if a facet, the limit or the cursor is invalid.
   */
  jobs(query?: JobQuery): Listing<JobDocument, JobPage>;
  /**
   * All tracks, sorted. Awaited it gives them with the pointers that cannot be read; a `for await` throws pointer_invalid for
   * such a pointer, after the last track.
   */
  tracks(): Listing<Pointer, TrackList>;
  /** The track's pointers, the current one first. Throws not_found, invalid_request. */
  history(track_id: string, limit?: number): Listing<PointerRecord, readonly PointerRecord[]>;
  /** Calls `close`: `await using broker = await openBroker()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A broker that works on a root of this process's machine. */
export interface EmbeddedBroker extends ConnectedBroker, Maintenance {}

export const connected = (broker: Broker): ConnectedBroker => ({
  ...broker,
  run: (request, options) => runJob(broker, request, options),
  jobs: (query) => listing(broker.jobs(query), (page) => allJobs(broker, query, page)),
  tracks: () => listing(broker.tracks(), readable),
  history: (track_id, limit) => listing(broker.history(track_id, limit), (records) => records),
  [Symbol.asyncDispose]: () => broker.close(),
});

async function* allJobs(
  broker: Broker,
  query: JobQuery | undefined,
  first: JobPage,
): AsyncIterable<JobDocument> {
  yield* first.jobs;
  for (let { next } = first; next !== null;) {
    const page = await broker.jobs({ ...query, cursor: next });
    yield* page.jobs;
    next = page.next;
  }
}

function* readable({ tracks, unreadable: [damaged] }: TrackList): Iterable<Pointer> {
  yield* tracks;
  if (damaged === undefined) return;
  throw new CabError('pointer_invalid', damaged.error, { details: { file: damaged.file } });
}
