import { Gauge, type Registry } from 'prom-client';
import type { Broker } from '../../../core/engine/broker.ts';
import type { ServerOptions } from '../options.ts';
import type { JobMetricsFeed } from './job-metrics-feed.ts';

/** Metrics of the jobs on record, and of the daemon's workers. */
export class QueueMetrics {
  readonly #broker: Broker;
  readonly #feed: JobMetricsFeed;
  readonly #workers: ServerOptions['workers'];
  readonly #jobs: Gauge<'state'>;
  readonly #active: Gauge<'state' | 'runner'>;
  readonly #oldestPending: Gauge;
  readonly #paused: Gauge;

  constructor(
    registry: Registry,
    broker: Broker,
    feed: JobMetricsFeed,
    workers: ServerOptions['workers'],
  ) {
    this.#broker = broker;
    this.#feed = feed;
    this.#workers = workers;
    const registers = [registry];
    this.#jobs = new Gauge({
      name: 'cab_jobs',
      help: 'Jobs on record, by state; pending is the depth of the queue.',
      labelNames: ['state'] as const,
      registers,
    });
    this.#active = new Gauge({
      name: 'cab_jobs_active',
      help: 'Jobs that wait or run, by runner.',
      labelNames: ['state', 'runner'] as const,
      registers,
    });
    this.#oldestPending = new Gauge({
      name: 'cab_oldest_pending_seconds',
      help: 'Age of the oldest job that waits; 0 where none does.',
      registers,
    });
    this.#paused = new Gauge({
      name: 'cab_paused',
      help: '1 while the workers of this daemon are paused, else 0.',
      registers,
    });
  }

  /** Runs before the metrics are read. */
  async look(): Promise<void> {
    for (const [state, count] of Object.entries(await this.#broker.counts()))
      this.#jobs.set({ state }, count);
    this.#active.reset();
    for (const { state, runner, jobs } of this.#feed.active())
      this.#active.set({ state, runner }, jobs);
    this.#oldestPending.set(this.#feed.oldestPendingMs(Date.now()) / 1000);
    this.#paused.set(this.#workers?.isPaused === true ? 1 : 0);
  }
}
