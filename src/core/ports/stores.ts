import type { EntryStore } from './entry-store.ts';
import type { InputStore } from './input-store.ts';
import type { LightEntries } from './light-entries.ts';
import type { LazyJobStore } from './jobs/lazy-job-store.ts';
import type { Workspace } from './workspace.ts';
import type { LogStore } from './log-store.ts';
import type { PointerStore } from './pointer-store.ts';
import type { WriteProbe } from './write-probe.ts';

/** All stores of a broker. Creating this object opens nothing; each store opens at its first use. */
export interface Stores {
  readonly entries: EntryStore;
  /** Undefined: every entry is flushed when it is published. */
  readonly light?: LightEntries;
  readonly pointers: PointerStore;
  readonly jobs: LazyJobStore;
  readonly inputs: InputStore;
  readonly logs: LogStore;
  readonly workspace: Workspace;
  readonly probe: WriteProbe;
  /** Writes what is pending, and closes all that was opened. Idempotent. */
  close(): Promise<void>;
}
