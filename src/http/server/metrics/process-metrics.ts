import { readdir } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';
import { errnoOf } from '../../../core/model/errors.ts';

/** Milliseconds between two measurements of the event loop's delay. */
const resolution = 20;

/**
 * The process's use of the machine, under the metric names of Prometheus' own clients. `collectDefaultMetrics` does
 * not fit: it also counts handles and runs of JavaScript's garbage collector, and wakes up twice as often.
 */
export class ProcessMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution });
  readonly #gauges;

  constructor(registry: Registry) {
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
    this.#gauges = {
      rss: gauge('process_resident_memory_bytes', 'Memory that the process takes.'),
      heapUsed: gauge('nodejs_heap_size_used_bytes', 'Of it, the heap of JavaScript in use.'),
      heapTotal: gauge('nodejs_heap_size_total_bytes', 'Of it, the heap of JavaScript.'),
      external: gauge('nodejs_external_memory_bytes', 'Of it, buffers outside of the heap.'),
      descriptors: gauge('process_open_fds', 'Open file descriptors.'),
      late: gauge(
        'nodejs_eventloop_lag_p99_seconds',
        'How late the event loop was, 99 times of 100 at most, since the figures were last read.',
      ),
      latest: gauge(
        'nodejs_eventloop_lag_max_seconds',
        'How late the event loop was at most since the figures were last read.',
      ),
    };
    this.#delay.enable();
  }

  async look(): Promise<void> {
    const { rss, heapUsed, heapTotal, external, descriptors, late, latest } = this.#gauges;
    const memory = process.memoryUsage();
    rss.set(memory.rss);
    heapUsed.set(memory.heapUsed);
    heapTotal.set(memory.heapTotal);
    external.set(memory.external);
    descriptors.set(await openDescriptors());
    // Each value includes the resolution, because a timer that is on time still takes that long.
    const lag = (ns: number): number => Math.max(0, ns / 1e9 - resolution / 1000);
    late.set(lag(this.#delay.percentile(99)));
    latest.set(lag(this.#delay.max));
    this.#delay.reset();
  }

  close(): void {
    this.#delay.disable();
  }
}

/** NaN if the system does not list them. */
async function openDescriptors(): Promise<number> {
  try {
    // The listing itself opens one.
    return (await readdir('/proc/self/fd')).length - 1;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return Number.NaN;
  }
}
