import type { EntryKey } from '../../core/model/entry/key.ts';
import type { WriteProbe } from '../../core/ports/write-probe.ts';
import type { Stores } from '../../core/ports/stores.ts';
import { FsWriteProbe } from '../../stores/local/fs-write-probe.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { ReadLog } from '../../stores/sqlite/read-log.ts';
import { endAll } from '../../support/end-all.ts';
import { toldOnce } from '../../support/files/stuck.ts';
import { silentLogger, type Logger } from '../../support/logger.ts';
import { logsHere, openInputs } from './open-job-files.ts';
import { openJobs } from './open-jobs.ts';
import { openWorkspace } from './local/open-entries.ts';
import { localResults } from './results-of.ts';
import type { MakeResults, RootPlace } from './store-choice.ts';

export interface RootOptions extends RootPlace {
  /** Opened for one read. If the queue cannot be read in its place, a copy of it is read. */
  readonly readOnly?: boolean;
  readonly logger?: Logger;
  /** False: the ledger does not hear of reads. A hit renews the time of its entry, so its reads tell garbage collection nothing more. */
  readonly notesReads?: boolean;
}

/**
 * The stores of a root of this machine. Nothing is opened, created or loaded before its first use, not even SQLite.
 * @param makeResults as `resultsOf` gives it, if the options name a store elsewhere
 */
export function openRoot(
  options: RootOptions,
  makeResults: MakeResults = (onRead) => localResults(options, onRead),
): Stores {
  const { root, readOnly = false, notesReads = true, logger = silentLogger } = options;
  const layout = layoutOf(root);
  const reads = new ReadLog(layout);
  const onRead = notesReads ? (key: EntryKey): void => reads.record(key) : undefined;
  const { entries, light, pointers, probe, inputs, logs } = makeResults(onRead);
  const workspace = openWorkspace(root, toldOnce(logger));
  const jobs = openJobs(options, { readOnly, logger });
  return {
    entries,
    ...(light && { light }),
    pointers,
    jobs,
    inputs: inputs ?? openInputs(options),
    logs: logs ?? logsHere(options),
    workspace,
    probe: both(new FsWriteProbe(layout, options.queue === undefined), probe),
    close: () => endAll([reads, workspace, entries, jobs].map((part) => () => part.close())),
  };
}

const both = (here: WriteProbe, elsewhere: WriteProbe | undefined): WriteProbe => ({
  assertWritable: async () => {
    await here.assertWritable();
    await elsewhere?.assertWritable();
  },
});
