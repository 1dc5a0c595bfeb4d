import Sqlite from 'better-sqlite3';
import { utimesSync } from 'node:fs';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { errnoOf } from '../../src/core/model/errors.ts';
import type { StepProgress } from '../../src/core/model/report/step-progress.ts';
import { collectRoot } from '../../src/compose/upkeep/collect-root.ts';
import { alone, Pace } from '../../src/support/time/pace.ts';
import type { GcPolicy } from '../../src/core/maintenance/gc/policy.ts';
import { entryPlaces } from '../../src/stores/local/inventory/walk.ts';
import type { GcDecision, GcReport } from '../../src/core/model/report/gc-report.ts';
import { fileNames } from './file-names.ts';

export const day = 86_400_000;

export interface Asked extends Partial<GcPolicy> {
  readonly dryRun?: boolean;
  readonly now?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StepProgress) => void;
}

/** Collects on a root, by the default policy unless something else is said. */
export async function collect(root: string, asked: Asked = {}): Promise<GcReport> {
  const { dryRun = false, now = Date.now(), signal, onProgress, ...policy } = asked;
  const decisions: GcDecision[] = [];
  const report = await collectRoot({
    root,
    ...fileNames,
    policy,
    dryRun,
    now,
    pace: new Pace(alone, signal),
    ...(onProgress && { onProgress }),
    onDecision: (decision) => decisions.push(decision),
  });
  return { ...report, decisions };
}

/** As if everything had happened so many milliseconds earlier: entries, what tracks led to, what jobs did. */
export function age(root: string, ms = 60 * day): void {
  ageEntries(root, ms);
  const then = new Date(Date.now() - ms).toISOString();
  const jobs = new Sqlite(layoutOf(root).jobs, { timeout: 5000 });
  jobs.prepare('UPDATE history SET at = ?').run(then);
  jobs.prepare('UPDATE jobs SET finished_at = ? WHERE finished_at IS NOT NULL').run(then);
  jobs.prepare('UPDATE jobs SET submitted_at = ?').run(then);
  jobs.close();
}

/** One moment for all of a test: a collection that found an entry at another time than before leaves it. */
const begun = Date.now();

/** What goes in the meantime is passed over. */
export function ageEntries(root: string, ms = 60 * day): void {
  const then = new Date(begun - ms);
  for (const place of entryPlaces(layoutOf(root))) {
    if (place.kind !== 'entry') continue;
    try {
      utimesSync(layoutOf(root).entry(place.key), then, then);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** `action: reason` by source hash. */
export const verdicts = (report: GcReport): Record<string, string> =>
  Object.fromEntries(
    report.decisions.map(({ source_hash, action, reason }) => [
      source_hash,
      `${action}: ${reason}`,
    ]),
  );
