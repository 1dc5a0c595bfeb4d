import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LazyJobStore } from '../core/ports/lazy-job-store.ts';
import type { Stores } from '../core/ports/stores.ts';
import { MemoryJobStore } from '../stores/memory/jobs/memory-job-store.ts';
import { MemoryEntryStore } from '../stores/memory/memory-entry-store.ts';
import { MemoryInputStore } from '../stores/memory/memory-input-store.ts';
import { MemoryLogStore } from '../stores/memory/memory-log-store.ts';
import { MemoryPointerStore } from '../stores/memory/memory-pointer-store.ts';
import { endAll } from '../support/end-all.ts';
import { toldOnce } from '../support/files/stuck.ts';
import { silentLogger, type Logger } from '../support/logger.ts';
import { openWorkspace } from './open-entries.ts';

export interface MemoryRootOptions {
  /** Absolute. Where runners work and find their inputs; removed when the stores are closed. */
  readonly directory: string;
  readonly logger?: Logger;
}

/** The stores of a root that is kept in memory, and is gone with them. Runners need files: these lie in a directory. */
export function openMemoryRoot({ directory, logger = silentLogger }: MemoryRootOptions): Stores {
  const entries = new MemoryEntryStore();
  const workspace = openWorkspace(join(directory, 'work'), toldOnce(logger));
  const jobs = new LazyJobStore(async () => new MemoryJobStore());
  return {
    entries,
    pointers: new MemoryPointerStore(),
    jobs,
    inputs: new MemoryInputStore(join(directory, 'inputs')),
    logs: new MemoryLogStore(),
    workspace,
    probe: { assertWritable: () => Promise.resolve() },
    close: () =>
      endAll([
        ...[workspace, entries, jobs].map((part) => () => part.close()),
        () => rm(directory, { recursive: true, force: true }),
      ]),
  };
}
