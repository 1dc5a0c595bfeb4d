/** Tells how a root is kept, and what a garbage collection would do. Changes nothing. */
import type { GcDecision } from '../model/report/gc-report.ts';
import type { GcPlan, RootReports } from '../model/report/root-reports.ts';
import type { MaintainedRoot } from '../ports/maintenance/maintained-root.ts';
import type { Pace } from '../../support/time/pace.ts';
import { collectGarbage } from './gc/collect.ts';
import type { GcPolicy } from './gc/policy.ts';

const mostListed = 1000;

/** Throws what listing pins and quarantine throws. */
export async function rootReports(root: MaintainedRoot, now: number): Promise<RootReports> {
  const { reports, pins } = root;
  const evidence = await root.trash({ now, tell: () => undefined }).evidence();
  return {
    verify: (await reports.lastCheck()) ?? null,
    gc: (await reports.lastCollection()) ?? null,
    quarantine: evidence
      .filter(({ isNote }) => !isNote)
      .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))
      .slice(0, mostListed)
      .map(({ id, at }) => ({ id, at: at === undefined ? null : new Date(at).toISOString() })),
    pins: (await pins.list())
      .slice(0, mostListed)
      .map(({ config_hash, source_hash }) => ({ config_hash, source_hash })),
  };
}

export interface GcPlanOptions {
  readonly root: MaintainedRoot;
  readonly policy: GcPolicy;
  readonly now: number;
  readonly pace: Pace;
}

/** A dry run. Throws what `collectGarbage` throws. */
export async function gcPlan(options: GcPlanOptions): Promise<GcPlan> {
  const largest = new Largest();
  const onDecision = (decision: GcDecision): void => {
    if (decision.action === 'remove') largest.add(decision);
  };
  const report = await collectGarbage({ ...options, dryRun: true, onDecision });
  const removals = largest.all;
  return {
    at: new Date(options.now).toISOString(),
    report,
    removals,
    more: report.entries.removed - removals.length,
  };
}

/** Keeps the largest entries of any number. */
class Largest {
  #decisions: GcDecision[] = [];

  add(decision: GcDecision): void {
    this.#decisions.push(decision);
    if (this.#decisions.length >= 2 * mostListed) this.#decisions = this.all;
  }

  get all(): GcDecision[] {
    return this.#decisions.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0)).slice(0, mostListed);
  }
}
