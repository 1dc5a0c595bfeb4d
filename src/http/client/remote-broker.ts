/**
 * The broker of a daemon. Each method is a request. The only decision here is how to continue after a lost
 * connection. It is loaded only if there is a daemon, because the HTTP client takes longer to load than most
 * commands take to run. Longer than other files, because it has every method of the broker.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Broker,
  EventQuery,
  JobPage,
  JobQuery,
  StatsOptions,
  SubmitOptions,
  WaitOptions,
} from '../../core/engine/broker.ts';
import type { LogPiece } from '../../core/model/job/log-piece.ts';
import type { OpenedFile } from '../../core/ports/entry-store.ts';
import { trackFileName } from '../../core/model/entry/track-name.ts';
import { CabError, errnoOf, isCabError, isError } from '../../core/model/errors.ts';
import type { Explanation } from '../../core/model/job/explanation.ts';
import type { FacetCounts, JobFacets } from '../../core/model/job/facets.ts';
import type { EndedJobDocument, JobDocument } from '../../core/model/job/job-document.ts';
import {
  manyChangedSchema,
  type ManyChanged,
  type ManyJobs,
} from '../../core/model/job/many-jobs.ts';
import type { JobExplanation } from '../../core/model/job/job-explanation.ts';
import type { JobCounts } from '../../core/model/job/job.ts';
import type { JobEvent } from '../../core/model/job/job-event.ts';
import { formatKey, isConfigHash, isSegment, type EntryKey } from '../../core/model/entry/key.ts';
import { artifactNamed, type Manifest } from '../../core/model/entry/manifest.ts';
import type { Held } from '../../core/ports/pointer-store.ts';
import type { Pointer, PointerRecord, TrackList } from '../../core/model/entry/pointer.ts';
import type { Stats } from '../../core/model/report/stats.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import { waitTimeout } from '../../support/time/wait-limit.ts';
import { Connection, type DaemonAddress } from './connection.ts';
import { outgoingSubmission, type OutgoingOptions } from './outgoing-submission.ts';
import { pause } from '../../support/time/pause.ts';
import { ReconnectDeadline } from '../../support/time/reconnect-deadline.ts';
import { explanationOf, explanationSchema } from '../wire/explanations.ts';
import { jobSchema } from '../wire/job-answer.ts';
import { manyOnWire } from '../wire/job-bulk.ts';
import * as wire from '../wire/protocol.ts';
import { lastRemoteEvent, remoteEvents } from './remote-events.ts';
import { RemoteReading } from './remote-reading.ts';
import { remoteLog } from './remote-log.ts';
import { openRemoteFile } from './remote-file.ts';

export interface RemoteBrokerOptions extends DaemonAddress, OutgoingOptions {
  /**
   * Milliseconds: how long waits, events and downloads wait for a daemon that is away, for example while it restarts.
   */
  readonly reconnectMs?: number;
  /** The directory of an entry, if the daemon's root is on this machine. Then files of entries have a path. */
  readonly entryPlace?: (key: EntryKey) => string;
}

/** Seconds that one request waits for the end of a job. */
const round = 25;

const shortestRoundMs = 100;

export class RemoteBroker implements Broker {
  readonly #options: RemoteBrokerOptions;
  readonly #connection: Connection;
  readonly #reading: RemoteReading;
  #closed: Promise<void> | undefined;

  constructor(options: RemoteBrokerOptions) {
    this.#options = options;
    this.#connection = new Connection(options);
    this.#reading = new RemoteReading(this.#connection);
  }

  async submit(
    request: SubmitRequest,
    { refusal = 'error', signal }: SubmitOptions = {},
  ): Promise<JobDocument> {
    const body = await outgoingSubmission(request, this.#options);
    const headers = refusal === 'error' ? { prefer: wire.strictHandling } : {};
    return this.#connection.json(
      { method: 'POST', path: wire.paths.jobs, body, headers, signal },
      jobSchema,
    );
  }

  async explain(request: SubmitRequest, { signal }: SubmitOptions = {}): Promise<Explanation> {
    const body = await outgoingSubmission(request, this.#options);
    const answer = await this.#connection.json(
      { method: 'POST', path: wire.paths.explain, body, signal },
      explanationSchema,
    );
    return explanationOf(answer);
  }

  job(id: string): Promise<JobDocument> {
    return this.#reading.job(id);
  }

  jobs(query: JobQuery = {}): Promise<JobPage> {
    return this.#reading.jobs(query);
  }

  facets(facets: JobFacets = {}): Promise<FacetCounts> {
    return this.#reading.facets(facets);
  }

  counts(): Promise<JobCounts> {
    return this.#reading.counts();
  }

  stats(since: string, options: StatsOptions = {}): Promise<Stats> {
    return this.#reading.stats(since, options);
  }

  explainJob(id: string): Promise<JobExplanation> {
    return this.#reading.explain(id);
  }

  async wait(
    id: string,
    { timeoutMs = Infinity, signal }: WaitOptions = {},
  ): Promise<EndedJobDocument> {
    const end = performance.now() + timeoutMs;
    const deadline = this.#deadline();
    for (;;) {
      const left = Math.max(0, end - performance.now()) / 1000;
      try {
        const job = await this.#connection.json(
          {
            path: wire.paths.job(id),
            query: { wait: Math.min(left, round) },
            signal,
            isLong: true,
          },
          jobSchema,
        );
        if (job.status !== 'pending' && job.status !== 'running') return job;
        deadline.renew();
        // A daemon that has too many open waits answers at once.
        await pause(Math.min(shortestRoundMs, left * 1000), signal);
        signal?.throwIfAborted();
      } catch (error) {
        if (!isCabError(error, 'daemon_unreachable')) throw error;
        await deadline.pause(error, signal);
      }
      if (performance.now() >= end) throw waitTimeout(id, timeoutMs);
    }
  }

  cancel(id: string): Promise<JobDocument> {
    return this.#connection.json({ method: 'DELETE', path: wire.paths.job(id) }, jobSchema);
  }

  retry(id: string): Promise<JobDocument> {
    return this.#connection.json({ method: 'POST', path: wire.paths.retry(id) }, jobSchema);
  }

  cancelMany(which: ManyJobs): Promise<ManyChanged> {
    return this.#changeMany(wire.paths.cancelMany, which);
  }

  retryMany(which: ManyJobs): Promise<ManyChanged> {
    return this.#changeMany(wire.paths.retryMany, which);
  }

  #changeMany(path: string, which: ManyJobs): Promise<ManyChanged> {
    const body = Buffer.from(JSON.stringify(manyOnWire(which)));
    return this.#connection.json({ method: 'POST', path, body }, manyChangedSchema);
  }

  log(id: string, from = 0, most?: number): Promise<LogPiece> {
    return remoteLog(this.#connection, id, from, most);
  }

  events(query: EventQuery = {}): AsyncIterable<JobEvent> {
    return remoteEvents(this.#connection, query, this.#deadline());
  }

  lastEvent(): Promise<number> {
    return lastRemoteEvent(this.#connection);
  }

  async pointer(track_id: string): Promise<Pointer> {
    checkTrack(track_id);
    return this.#connection.json({ path: wire.paths.pointer(track_id) }, wire.pointerAnswerSchema);
  }

  async holdPointer(track_id: string): Promise<Held<Pointer>> {
    return { pointer: await this.pointer(track_id), isCurrent: undefined };
  }

  async history(track_id: string, limit?: number): Promise<readonly PointerRecord[]> {
    checkTrack(track_id);
    const ask = { path: wire.paths.history(track_id), query: { limit } };
    return (await this.#connection.json(ask, wire.historyAnswerSchema)).history;
  }

  async tracks(): Promise<TrackList> {
    return this.#connection.json({ path: wire.paths.tracks }, wire.tracksAnswerSchema);
  }

  async manifest(key: EntryKey): Promise<Manifest> {
    checkKey(key);
    return this.#connection.json({ path: wire.paths.entry(key) }, wire.manifestAnswerSchema);
  }

  async #artifactOf(key: EntryKey): Promise<string> {
    const name = artifactNamed(await this.manifest(key));
    if (name !== undefined) return name;
    throw new CabError('manifest_invalid', `entry ${formatKey(key)}: the daemon names no artifact`);
  }

  async open(key: EntryKey, name?: string): Promise<OpenedFile> {
    checkKey(key);
    const wanted = name ?? (await this.#artifactOf(key));
    const path = wire.paths.file(key, wanted);
    const file = await openRemoteFile(this.#connection, path, wanted, this.#deadline());
    const { entryPlace } = this.#options;
    if (entryPlace === undefined) return file;
    return { ...file, path: await ifThere(join(entryPlace(key), wanted)) };
  }

  /**
   * Whether the daemon reacts within so many milliseconds. A failed connection counts too: the next request fails at
   * once.
   */
  async answers(withinMs: number): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(withinMs);
      const ask = { path: wire.routes.health, signal, isProbe: true };
      await this.#connection.ask(ask, ({ body }) => body.dump());
      return true;
    } catch (error) {
      if (isError(error) && error.name === 'TimeoutError') return false;
      if (isCabError(error)) return true;
      throw error;
    }
  }

  /** The daemon's jobs do not depend on this process. */
  async idle(): Promise<void> {}

  close(): Promise<void> {
    return (this.#closed ??= this.#connection.close());
  }

  #deadline(): ReconnectDeadline {
    return new ReconnectDeadline(this.#options.reconnectMs ?? 30_000, this.#connection.hasAnswered);
  }
}

/** Unsafe names cannot name an entry. They must not appear in a path, which proxies may rewrite. */
function checkKey(key: EntryKey): void {
  const { config_hash, source_hash } = key;
  if (isConfigHash(config_hash) && isSegment(source_hash)) return;
  throw new CabError('not_found', `no entry ${formatKey(key)}`, {
    details: { config_hash, source_hash },
  });
}

/** Refuses an empty id, and half a surrogate pair, which a path cannot hold. */
function checkTrack(track_id: string): void {
  if (track_id === '' || !track_id.isWellFormed()) trackFileName(track_id);
}

/** The path, or null if there is no such file: an aliased key has no files of its own. */
async function ifThere(path: string): Promise<string | null> {
  try {
    await access(path);
    return path;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}
