/** Entries that the job store of a root keeps, and whose files are not flushed (core/engine/attempt/outcome/short-road.ts). */
import { CabError } from '../../../core/model/errors.ts';
import type { WrittenThrough } from '../../../core/model/report/written-through.ts';
import { layoutOf } from '../../../stores/local/layout.ts';
import {
  forgetUnwritten,
  isOfOtherBoot,
  markedBoot,
} from '../../../stores/sqlite/unwritten/unwritten-mark.ts';
import { silentLogger, type Logger } from '../../../support/logger.ts';
import { openEntries, openLight } from './open-entries.ts';
import { openJobs } from '../open-jobs.ts';
import { openPointers } from './open-pointers.ts';
import type { RootPlace } from '../store-choice.ts';

export interface WriteThroughOptions {
  /** Flushes also what living processes have still to flush. */
  readonly all: boolean;
  readonly logger?: Logger;
}

/**
 * Writes through what dead processes left in a root. Reads one small file if there is nothing to do. Throws what opening a job
 * store and writing throws.
 */
export async function writeThroughRoot(
  { root, store, queue, ...names }: RootPlace,
  { all, logger = silentLogger }: WriteThroughOptions,
): Promise<WrittenThrough> {
  const layout = layoutOf(root);
  const nothing = { written: 0, left: 0, problems: [] };
  if (store !== undefined || queue !== undefined || markedBoot(layout.private) === undefined)
    return nothing;
  const { writeLeft } = await import('../../../core/publication/left-entries.ts');
  const jobs = openJobs({ root }, { readOnly: false, logger });
  const entries = openEntries({ root, ...names });
  try {
    const opened = await jobs.existing();
    // Without a job store there is nothing to write them from.
    if (opened === undefined) forgetUnwritten(layout.private);
    if (opened?.unwritten === undefined) return nothing;
    return await writeLeft({
      ...{ unwritten: opened.unwritten, store: opened, pointers: openPointers(layout) },
      ...{ light: openLight({ root }, entries), logger, all },
    });
  } finally {
    await entries.close();
    await jobs.close();
  }
}

/**
 * If the machine was restarted while results were still to be flushed, writes them through. Until then files of the root may be
 * older than what was said of them. Gives the reason if this process cannot do so.
 */
export async function afterRestart(place: RootPlace): Promise<CabError | undefined> {
  if (!isOfOtherBoot(layoutOf(place.root).private)) return undefined;
  try {
    const { problems } = await writeThroughRoot(place, { all: false });
    return isOfOtherBoot(layoutOf(place.root).private)
      ? notYetWritten(place.root, problems[0])
      : undefined;
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return notYetWritten(place.root, error.message, error);
  }
}

const notYetWritten = (root: string, why?: string, cause?: CabError): CabError =>
  new CabError(
    'store_unreadable',
    `the machine was restarted before all results of ${root} were written to their files${why === undefined ? '' : `, and this process cannot write them: ${why}`}`,
    {
      hint: `They are safe in the job store. Let a user who may write the root write them: cab gc --flush`,
      details: { file: root },
      cause,
    },
  );
