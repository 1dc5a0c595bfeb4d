/** A root in memory, which ends with its process. Runners need files, so those are in a directory. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LazyJobStore } from '../../core/ports/jobs/lazy-job-store.ts';
import type { Stores } from '../../core/ports/stores.ts';
import type { Workspace } from '../../core/ports/workspace.ts';
import { MemoryJobStore } from '../../stores/memory/jobs/memory-job-store.ts';
import { MemoryEntryStore } from '../../stores/memory/memory-entry-store.ts';
import { MemoryInputStore } from '../../stores/memory/memory-input-store.ts';
import { MemoryLogStore } from '../../stores/memory/memory-log-store.ts';
import { MemoryPointerStore } from '../../stores/memory/memory-pointer-store.ts';
import type { MemoryRoot } from '../../stores/memory/memory-root.ts';
import { MemoryWorkspace } from '../../stores/memory/memory-workspace.ts';
import { MemoryWriteProbe } from '../../stores/memory/memory-write-probe.ts';
import { endAll } from '../../support/end-all.ts';
import { toldOnce, type TellStuck } from '../../support/files/stuck.ts';
import { silentLogger, type Logger } from '../../support/logger.ts';

export interface MemoryRootOptions {
  readonly root: MemoryRoot;
  /** Absolute. Where runners work and find their inputs. */
  readonly directory: string;
  readonly logger?: Logger;
}

/** The stores of a broker. Closing them removes the directory. */
export function openMemoryRoot({
  root,
  directory,
  logger = silentLogger,
}: MemoryRootOptions): Stores {
  const entries = new MemoryEntryStore(root.entries);
  const workspace = workspaceOf({ root, directory }, toldOnce(logger));
  const jobs = new LazyJobStore(async () => new MemoryJobStore(root.queue));
  return {
    entries,
    pointers: new MemoryPointerStore(root.pointers),
    jobs,
    inputs: new MemoryInputStore(inputsIn(directory), root.inputs),
    logs: new MemoryLogStore(root.logs),
    workspace,
    probe: new MemoryWriteProbe(directory),
    close: () =>
      endAll([
        ...[workspace, entries, jobs].map((part) => () => part.close()),
        () => rm(directory, { recursive: true, force: true }),
      ]),
  };
}

export const workspaceOf = (
  { root, directory }: Pick<MemoryRootOptions, 'root' | 'directory'>,
  tell: TellStuck,
): Workspace => new MemoryWorkspace(join(directory, 'work'), root.staged, tell);

export const inputsIn = (directory: string): string => join(directory, 'inputs');
