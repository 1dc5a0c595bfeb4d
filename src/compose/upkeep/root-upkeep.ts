/** What a daemon tells about its root beside the jobs. The root is opened for each question, and closed again. */
import { entryDetail } from '../../core/maintenance/entry-detail.ts';
import type { Upkeep } from '../../http/server/options.ts';
import { beside, Pace } from '../../support/pace.ts';
import { withRoot, type RootOptions } from '../stores/maintain-root.ts';

export interface RootUpkeep extends Upkeep {
  /** Ends what is under way. */
  close(): void;
}

export function rootUpkeep({ root, artifactName, manifestName }: RootOptions): RootUpkeep {
  const stopping = new AbortController();
  const opened = { root, artifactName, manifestName, readOnly: true };
  const pace = (): Pace => new Pace(beside, stopping.signal);
  return {
    entry: (key) => withRoot(opened, (maintained) => entryDetail(maintained, key, pace())),
    close: () => stopping.abort(),
  };
}
