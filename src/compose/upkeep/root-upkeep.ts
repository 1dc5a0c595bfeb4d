/** What a daemon tells about its root beside the jobs. The root is opened for each question, and closed again. */
import type { MaintainedRoot } from '../../core/ports/maintenance/maintained-root.ts';
import type { Upkeep } from '../../http/server/options.ts';
import { beside, Pace } from '../../support/time/pace.ts';
import type { RootPlace } from '../stores/store-choice.ts';
import type { AskedPolicy } from './collect-root.ts';

export interface RootUpkeep extends Upkeep {
  /** Ends what is under way. */
  close(): void;
}

/** What it needs is loaded with the first question. */
export function rootUpkeep(
  { root, artifactName, manifestName, store, queue }: RootPlace,
  policy: () => Promise<AskedPolicy>,
): RootUpkeep {
  const stopping = new AbortController();
  const pace = (): Pace => new Pace(beside, stopping.signal);
  const reading = async <T>(use: (maintained: MaintainedRoot) => Promise<T>): Promise<T> => {
    const { withRoot } = await import('../stores/maintain-root.ts');
    return withRoot({ root, artifactName, manifestName, store, queue, readOnly: true }, use);
  };
  return {
    entry: async (key) => {
      const { entryDetail } = await import('../../core/maintenance/entry-detail.ts');
      return reading((maintained) => entryDetail(maintained, key, pace()));
    },
    reports: async () => {
      const { rootReports } = await import('../../core/maintenance/root-reports.ts');
      return reading((maintained) => rootReports(maintained, Date.now()));
    },
    gcPlan: async () => {
      const [{ gcPlan }, { defaultPolicy }] = await Promise.all([
        import('../../core/maintenance/root-reports.ts'),
        import('../../core/maintenance/gc/policy.ts'),
      ]);
      const asked = { ...defaultPolicy, ...(await policy()) };
      return reading((maintained) =>
        gcPlan({ root: maintained, policy: asked, now: Date.now(), pace: pace() }),
      );
    },
    close: () => stopping.abort(),
  };
}
