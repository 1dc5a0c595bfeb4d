import { ReadLog } from '../core/maintenance/read-log.ts';
import { LazyJobStore } from '../core/ports/lazy-job-store.ts';
import type { Stores } from '../core/ports/stores.ts';
import { FsInputStore } from '../stores/local/fs-input-store.ts';
import { FsLogStore } from '../stores/local/fs-log-store.ts';
import { FsPointerStore } from '../stores/local/fs-pointer-store.ts';
import { FsWriteProbe } from '../stores/local/fs-write-probe.ts';
import { layoutOf } from '../stores/local/layout.ts';
import { endAll } from '../support/end-all.ts';
import { toldOnce } from '../support/files/stuck.ts';
import { silentLogger, type Logger } from '../support/logger.ts';
import { openEntries, openWorkspace, type EntriesOptions } from './open-entries.ts';

export interface RootOptions extends EntriesOptions {
  /** Opened for one look: where the queue cannot be read in its place, a copy of it will do. */
  readonly readOnly?: boolean;
  readonly logger?: Logger;
}

/** The stores of a root of this machine. Nothing is opened, nor made, before it is asked for; SQLite is not even loaded. */
export function openRoot(options: RootOptions): Stores {
  const { root, readOnly: look = false, logger = silentLogger } = options;
  const layout = layoutOf(root);
  const reads = new ReadLog(layout);
  const entries = openEntries(options, { onRead: (key) => reads.record(key) });
  const workspace = openWorkspace(root, toldOnce(logger));
  const jobs = new LazyJobStore(async (create) => {
    const { openJobStore } = await import('../stores/sqlite/sqlite-job-store.ts');
    return openJobStore({ file: layout.jobs, create, look, logger });
  });
  return {
    entries,
    pointers: new FsPointerStore(layout),
    jobs,
    inputs: new FsInputStore(layout),
    logs: new FsLogStore(layout),
    workspace,
    probe: new FsWriteProbe(layout),
    close: () => endAll([reads, workspace, entries, jobs].map((part) => () => part.close())),
  };
}
