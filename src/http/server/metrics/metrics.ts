import type { Server } from 'node:net';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Broker } from '../../../core/engine/broker.ts';
import { codesOf } from '../../../core/model/errors.ts';
import type { EndedJob, JobMetricsFeed } from './job-metrics-feed.ts';
import { MaintenanceMetrics, type Maintained } from './maintenance-metrics.ts';
import type { ServerOptions } from '../options.ts';
import { ProcessMetrics } from './process-metrics.ts';
import { QueueMetrics } from './queue-metrics.ts';
import { UpstreamMetrics } from './upstream-metrics.ts';
import { RouteSeconds } from './route-seconds.ts';

const outcomes = ['whole', 'range', 'not_modified'] as const;
type Outcome = (typeof outcomes)[number];

const endStates = ['done', 'error', 'canceled'] as const;

export interface MetricsOptions
  extends Maintained, Pick<ServerOptions, 'runner' | 'workers' | 'upstreamFigures'> {
  /** The operations, and the statuses of their successful answers. */
  readonly endpoints?: readonly {
    readonly method: string;
    readonly url: string;
    readonly answers: Readonly<Record<number, unknown>>;
  }[];
}

/** Statuses that alerts watch. */
const alarming = [429, 500, 503];

interface NotedAnswer {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

const isSameKind = (one: NotedAnswer, other: NotedAnswer | undefined): boolean =>
  one.status === other?.status && one.route === other.route && one.method === other.method;

/** Number of answers that may wait to be entered into the metrics. */
const mostNoted = 256;

/** The metrics of one server. Each is named and explained in its definition. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'cab_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [this.#registry],
  });
  readonly #requestSeconds = new RouteSeconds();
  readonly #inProgress = new Gauge({
    name: 'cab_http_requests_in_progress',
    help: 'Requests whose answer is not finished: waits, streams of events, transfers.',
    registers: [this.#registry],
  });
  readonly #files = new Counter({
    name: 'cab_files_served_total',
    help: 'Files of entries asked for: sent whole, in part, or not modified.',
    labelNames: ['outcome'] as const,
    registers: [this.#registry],
  });
  readonly #filesFromMemory = new Counter({
    name: 'cab_files_from_memory_total',
    help: 'Of those, the ones for which no file was read.',
    registers: [this.#registry],
  });
  readonly #pointersFromMemory = new Counter({
    name: 'cab_pointers_from_memory_total',
    help: 'Pointers answered without reading their file, which was looked at.',
    registers: [this.#registry],
  });
  readonly #bytes = new Counter({
    name: 'cab_served_bytes_total',
    help: 'Bytes of entries, in answers that were taken to the end.',
    registers: [this.#registry],
  });
  readonly #verificationFailures = new Counter({
    name: 'cab_verification_failures_total',
    help: 'Requests for an entry or pointer that does not hold what it should.',
    labelNames: ['code'] as const,
    registers: [this.#registry],
  });
  readonly #ended = new Counter({
    name: 'cab_jobs_ended_total',
    help: 'Jobs that ended since the start of this server, in any process.',
    labelNames: ['state', 'runner'] as const,
    registers: [this.#registry],
  });
  readonly #hits = new Counter({
    name: 'cab_hits_total',
    help: 'Jobs that were answered by a standing entry.',
    registers: [this.#registry],
  });
  readonly #misses = new Counter({
    name: 'cab_misses_total',
    help: 'Jobs for which a runner was started.',
    registers: [this.#registry],
  });
  readonly #runSeconds = new Histogram({
    name: 'cab_run_duration_seconds',
    help: 'From the start of the last attempt of a job to its end.',
    labelNames: ['runner'] as const,
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800],
    registers: [this.#registry],
  });
  readonly #connections = new Gauge({
    name: 'cab_http_connections',
    help: 'Open connections.',
    registers: [this.#registry],
  });
  readonly #queue: QueueMetrics;
  readonly #maintenance: MaintenanceMetrics;
  readonly #upstream: UpstreamMetrics;
  readonly #process = new ProcessMetrics(this.#registry);
  /** Answers since the metrics were last entered. */
  readonly #answers: NotedAnswer[] = [];
  #served: Record<Outcome, number> = { whole: 0, range: 0, not_modified: 0 };
  #servedBytes = 0;
  #fromMemory = { files: 0, pointers: 0 };
  #open = 0;

  constructor(broker: Broker, watch: JobMetricsFeed, options: MetricsOptions) {
    this.#queue = new QueueMetrics(this.#registry, broker, watch, options.workers);
    this.#maintenance = new MaintenanceMetrics(this.#registry, options);
    this.#upstream = new UpstreamMetrics(this.#registry, options.upstreamFigures);
    watch.onEnd((job) => this.#countEnd(job));
    this.#beginAtZero(options);
  }

  /**
   * Sets counters to 0 at the start. To an alert that asks for an increase, a counter that first
   * appears at 1 has not risen.
   */
  #beginAtZero({ runner, endpoints = [] }: MetricsOptions): void {
    for (const code of codesOf('integrity')) this.#verificationFailures.inc({ code }, 0);
    for (const outcome of outcomes) this.#files.inc({ outcome }, 0);
    for (const state of endStates) if (runner !== undefined) this.#ended.inc({ state, runner }, 0);
    for (const { method, url: route, answers } of endpoints)
      for (const status of new Set([...Object.keys(answers).map(Number), ...alarming]))
        this.#requests.inc({ method, route, status }, 0);
  }

  /** Counts an answer as in progress until it is complete or its connection is lost. */
  begun(answer: Writable): void {
    this.opened();
    answer.once('close', this.closed);
  }

  /** Number of answers that are not fully sent, and whose connection is open. */
  get inProgress(): number {
    return this.#open;
  }

  opened(): void {
    this.#open += 1;
  }

  readonly closed = (): void => {
    this.#open -= 1;
  };

  request(method: string, route: string, status: number, seconds: number): void {
    this.#answers.push({ method, route, status, seconds });
    if (this.#answers.length >= mostNoted) this.#enter();
  }

  served(outcome: Outcome, bytes: number): void {
    this.#served[outcome] += 1;
    this.#servedBytes += bytes;
  }

  fromMemory(what: 'files' | 'pointers'): void {
    this.#fromMemory[what] += 1;
  }

  verificationFailed(code: string): void {
    this.#verificationFailures.inc({ code });
  }

  close(): void {
    this.#process.close();
  }

  async exposition(server: Server): Promise<{ contentType: string; text: string }> {
    this.#enter();
    await this.#maintenance.look();
    await this.#process.look();
    this.#connections.set(await promisify(server.getConnections.bind(server))());
    await this.#queue.look();
    this.#upstream.look();
    const text = (await this.#registry.metrics()) + this.#requestSeconds.exposition();
    return { contentType: this.#registry.contentType, text };
  }

  /** Enters many answers at once. Entering them one by one costs a busy daemon a fifth of its answers. */
  #enter(): void {
    let count = 0;
    for (const [at, answer] of this.#answers.entries()) {
      const { method, route, status, seconds } = answer;
      this.#requestSeconds.observe(route, seconds);
      count += 1;
      if (isSameKind(answer, this.#answers[at + 1])) continue;
      this.#requests.inc({ method, route, status }, count);
      count = 0;
    }
    this.#answers.length = 0;
    for (const outcome of outcomes)
      if (this.#served[outcome] > 0) this.#files.inc({ outcome }, this.#served[outcome]);
    this.#bytes.inc(this.#servedBytes);
    this.#served = { whole: 0, range: 0, not_modified: 0 };
    this.#servedBytes = 0;
    this.#filesFromMemory.inc(this.#fromMemory.files);
    this.#pointersFromMemory.inc(this.#fromMemory.pointers);
    this.#fromMemory = { files: 0, pointers: 0 };
    this.#inProgress.set(this.#open);
  }

  #countEnd({ status, runner, cached, started_at, finished_at }: EndedJob): void {
    this.#ended.inc({ state: status, runner });
    if (cached) this.#hits.inc();
    if (cached || started_at === null || finished_at === null) return;
    this.#misses.inc();
    this.#runSeconds.observe({ runner }, (Date.parse(finished_at) - Date.parse(started_at)) / 1000);
  }
}
