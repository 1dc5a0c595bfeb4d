import type { JobStore } from '../../../core/ports/jobs/job-store.ts';
import type { Leftovers, LogInventory } from '../../../core/ports/maintenance/leftovers.ts';
import type { IsLive, SweptLeftovers, Workspace } from '../../../core/ports/workspace.ts';
import type { TellStays } from '../../../core/ports/maintenance/trash.ts';
import { explained, type TellStuck } from '../../../support/files/stuck.ts';
import type { StoredLogs } from '../memory-log-store.ts';
import type { Quarantine } from '../quarantine.ts';

export interface LeftoversOptions {
  /** The directory in which runners work. It calls `tell` for what cannot be removed. */
  readonly workspace: (tell: TellStuck) => Workspace;
  readonly quarantine: Quarantine;
  /** Tells which attempts run, by what a job store says. */
  readonly liveIn: (store: JobStore) => IsLive;
}

/** Lists and sweeps leftovers. Memory leaves none, so these lie in the directory in which runners work. */
export class MemoryLeftovers implements Leftovers {
  readonly #options: LeftoversOptions;

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  async attempts(store: JobStore | undefined): Promise<readonly string[]> {
    const { workspace, liveIn } = this.#options;
    const names = await workspace(() => undefined).list(
      store === undefined ? nothingRuns : liveIn(store),
    );
    return names.map((name) => prefix + name);
  }

  async unfinished(): Promise<readonly string[]> {
    return [];
  }

  sweep(store: JobStore, tell: TellStays): Promise<SweptLeftovers> {
    const { workspace, liveIn } = this.#options;
    return workspace((stuck) => tell(explained(stuck))).sweep(liveIn(store));
  }

  async isThere(place: string): Promise<boolean> {
    return (await this.attempts(undefined)).includes(place);
  }

  async evidence(): Promise<{ count: number; where: string }> {
    return { count: this.#options.quarantine.all().length, where: 'memory:quarantine' };
  }
}

const nothingRuns: IsLive = () => Promise.resolve(false);
const prefix = 'work/';

/** The logs of jobs in memory. */
export class MemoryLogInventory implements LogInventory {
  readonly #logs: StoredLogs;

  constructor(logs: StoredLogs) {
    this.#logs = logs;
  }

  async *ids(): AsyncGenerator<readonly string[]> {
    yield [...this.#logs.keys()];
  }

  async remove(job_id: string): Promise<boolean> {
    this.#logs.delete(job_id);
    return true;
  }
}
