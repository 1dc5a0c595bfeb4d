import { Counter, Gauge, type Registry } from 'prom-client';
import type { LastCheck } from '../../../core/model/report/last-reports.ts';
import { findingClasses } from '../../../core/model/report/verify-report.ts';
import type { ServerOptions } from '../options.ts';

export type Maintained = Pick<ServerOptions, 'collections' | 'lastCheck'>;

/** Metrics of garbage collection and of checks of the root. */
export class MaintenanceMetrics {
  readonly #lastCheck: Maintained['lastCheck'];
  readonly #unreadable: Gauge;
  readonly #findings: Gauge<'class'>;
  readonly #checkedAt: Gauge;

  constructor(registry: Registry, { collections, lastCheck }: Maintained) {
    this.#lastCheck = lastCheck;
    const registers = [registry];
    const runs = new Counter({
      name: 'cab_gc_runs_total',
      help: 'Collections of garbage by this daemon.',
      labelNames: ['outcome'] as const,
      registers,
    });
    const removed = new Counter({
      name: 'cab_gc_removed_entries_total',
      help: 'Entries that those collections moved to the trash.',
      registers,
    });
    const removedBytes = new Counter({
      name: 'cab_gc_removed_bytes_total',
      help: 'Bytes of those entries; on disk until the grace has passed.',
      registers,
    });
    const stuck = new Counter({
      name: 'cab_gc_failed_entries_total',
      help: 'Entries that those collections could not move to the trash.',
      registers,
    });
    this.#unreadable = new Gauge({
      name: 'cab_gc_unreadable_pointers',
      help: 'Pointers that the last of those collections could not read.',
      registers,
    });
    this.#findings = new Gauge({
      name: 'cab_verify_findings',
      help: 'What the last check of the whole root found, in any process, by class.',
      labelNames: ['class'] as const,
      registers,
    });
    this.#checkedAt = new Gauge({
      name: 'cab_verify_last_run_timestamp_seconds',
      help: 'When that check ended; 0 where there was none.',
      registers,
    });
    for (const outcome of ['done', 'failed']) runs.inc({ outcome }, 0);
    collections?.onEnd((report) => {
      runs.inc({ outcome: report === undefined ? 'failed' : 'done' });
      if (report === undefined) return;
      removed.inc(report.entries.removed);
      removedBytes.inc(report.entries.removed_bytes);
      stuck.inc(report.entries.failed);
      this.#unreadable.set(report.unreadable.length);
    });
  }

  /** Runs before the metrics are read. */
  async look(): Promise<void> {
    const last: LastCheck | undefined = await this.#lastCheck?.();
    this.#checkedAt.set(last === undefined ? 0 : Date.parse(last.ended_at) / 1000);
    for (const name of findingClasses) this.#findings.set({ class: name }, last?.counts[name] ?? 0);
  }
}
