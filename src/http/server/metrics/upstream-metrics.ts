import { Counter, Gauge, type Registry } from 'prom-client';
import type { UpstreamFigures } from '../../../core/model/report/upstream-figures.ts';
import type { ServerOptions } from '../options.ts';

/** Metrics of what this daemon and the brokers behind it share. None if there is no upstream. */
export class UpstreamMetrics {
  readonly #figures: ServerOptions['upstreamFigures'];
  readonly #look: ((figures: UpstreamFigures) => void) | undefined;

  constructor(registry: Registry, figures: ServerOptions['upstreamFigures']) {
    this.#figures = figures;
    this.#look = figures && metricsIn(registry);
  }

  /** Runs before the metrics are read. */
  look(): void {
    if (this.#figures !== undefined) this.#look?.(this.#figures());
  }
}

function metricsIn(registry: Registry): (figures: UpstreamFigures) => void {
  const registers = [registry];
  const asked = new Counter({
    name: 'cab_upstream_requests_total',
    help: 'Entries that an upstream was asked for, by its answer; passed_over: it was known to be away.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const fetched = new Counter({
    name: 'cab_upstream_fetched_bytes_total',
    help: 'Bytes of entries that were fetched from an upstream and published here.',
    registers,
  });
  const pushes = new Counter({
    name: 'cab_upstream_pushes_total',
    help: 'New entries that were sent to the upstream, by its answer; other: it has another entry of the key.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const waiting = new Gauge({
    name: 'cab_upstream_pushes_waiting',
    help: 'Entries that wait to be sent to the upstream.',
    registers,
  });
  const away = new Gauge({
    name: 'cab_upstream_away',
    help: 'Whether the upstream is passed over now, because it was slow or away (1).',
    labelNames: ['upstream'] as const,
    registers,
  });
  return (figures) => {
    for (const counter of [asked, fetched, pushes]) counter.reset();
    for (const [outcome, count] of Object.entries(figures.asked)) asked.inc({ outcome }, count);
    fetched.inc(figures.fetchedBytes);
    for (const [outcome, count] of Object.entries(figures.pushes)) pushes.inc({ outcome }, count);
    waiting.set(figures.waiting);
    for (const { name, isAway } of figures.upstreams) away.set({ upstream: name }, isAway ? 1 : 0);
  };
}
