import type { MaintainedRoot } from '../../core/ports/maintenance/maintained-root.ts';
import { liveIn } from '../../core/publication/live-attempts.ts';
import { MemoryJobStore } from '../../stores/memory/jobs/memory-job-store.ts';
import { MemoryEntryInventory } from '../../stores/memory/maintenance/memory-entry-inventory.ts';
import { MemoryEntryRepair } from '../../stores/memory/maintenance/memory-entry-repair.ts';
import { MemoryKeptInputs } from '../../stores/memory/maintenance/memory-kept-inputs.ts';
import { MemoryLedger } from '../../stores/memory/maintenance/memory-ledger.ts';
import {
  MemoryLeftovers,
  MemoryLogInventory,
} from '../../stores/memory/maintenance/memory-leftovers.ts';
import { MemoryPinStore } from '../../stores/memory/maintenance/memory-pin-store.ts';
import { MemoryPointerInventory } from '../../stores/memory/maintenance/memory-pointer-inventory.ts';
import { MemoryReportStore } from '../../stores/memory/maintenance/memory-report-store.ts';
import { MemoryRestorer, MemoryTrash } from '../../stores/memory/maintenance/memory-trash.ts';
import { MemoryEntryStore } from '../../stores/memory/memory-entry-store.ts';
import { MemoryPointerStore } from '../../stores/memory/memory-pointer-store.ts';
import { inputsIn, workspaceOf, type MemoryRootOptions } from './open-memory-root.ts';

/** What garbage collection, verify, pins and doctor need of a root in memory. The directory is not removed. */
export function maintainMemoryRoot({
  root,
  directory,
}: Omit<MemoryRootOptions, 'logger'>): MaintainedRoot {
  const store = new MemoryJobStore(root.queue);
  const entries = new MemoryEntryStore(root.entries);
  const ledger = async () => new MemoryLedger(root.ledger);
  return {
    name: 'memory',
    jobs: {
      ...{ place: 'jobs', where: 'memory:jobs' },
      existing: async () => store,
      made: async () => store,
    },
    ledger: { existing: ledger, made: ledger },
    entries,
    pointers: new MemoryPointerStore(root.pointers),
    inventory: new MemoryEntryInventory(root.entries),
    pointerFiles: new MemoryPointerInventory(root.pointers, root.quarantine),
    pins: new MemoryPinStore(root.pins),
    reports: new MemoryReportStore(root.reports),
    inputs: new MemoryKeptInputs(inputsIn(directory), root.inputs),
    logs: new MemoryLogInventory(root.logs),
    leftovers: new MemoryLeftovers({
      workspace: (tell) => workspaceOf({ root, directory }, tell),
      quarantine: root.quarantine,
      liveIn,
    }),
    // A root in memory has no directory in which runners could keep a cache.
    cached: { trim: async () => 0 },
    repair: new MemoryEntryRepair(root.entries),
    restorer: new MemoryRestorer(root),
    trash: ({ now }) => new MemoryTrash(root, now),
    checkSideTables: () => Promise.resolve([]),
    close: async () => {
      await entries.close();
      await store.close();
    },
  };
}
