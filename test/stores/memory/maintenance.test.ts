import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryLedger } from '../../../src/stores/memory/maintenance/memory-ledger.ts';
import { MemoryPinStore } from '../../../src/stores/memory/maintenance/memory-pin-store.ts';
import { MemoryReportStore } from '../../../src/stores/memory/maintenance/memory-report-store.ts';
import { MemoryRoot } from '../../../src/stores/memory/memory-root.ts';
import { MemoryWriteProbe } from '../../../src/stores/memory/memory-write-probe.ts';
import { describeLedger } from '../../contract/ledger.ts';
import { describePinStore } from '../../contract/pin-store.ts';
import { describeReportStore } from '../../contract/report-store.ts';
import { describeWriteProbe } from '../../contract/write-probe.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describePinStore('memory', async () => {
  const { pins } = new MemoryRoot();
  return { open: () => new MemoryPinStore(pins) };
});

describeReportStore('memory', async () => {
  const { reports } = new MemoryRoot();
  return { open: () => new MemoryReportStore(reports) };
});

describeLedger('memory', async () => {
  const { ledger } = new MemoryRoot();
  return { open: async () => new MemoryLedger(ledger) };
});

describeWriteProbe('the directory of a root in memory', async () => {
  const directory = join(await tempDir(), 'runners');
  return {
    probe: new MemoryWriteProbe(directory),
    block: async () => {
      await rename(directory, `${directory}.away`);
      await writeFile(directory, '');
    },
    unblock: () => rm(directory),
  };
});
