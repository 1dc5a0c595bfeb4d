/** Limits of the system for one process. Some of them can only be read on Linux. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { errnoOf } from '../../core/model/errors.ts';
import { ok, warning, type Check, type Result } from './check.ts';

export const limitChecks: readonly Check[] = [
  { name: 'file handles', look: async () => fileHandles() },
  { name: 'watches', look: watches },
];

/** A daemon needs one for each connection and each file that it sends. */
const fewHandles = 4096;

const reportSchema = z.object({
  userLimits: z.optional(
    z.object({ open_files: z.object({ soft: z.union([z.string(), z.number()]) }) }),
  ),
});

/** Node raises its own limit as far as the system allows. */
function fileHandles(): Result {
  const { userLimits } = reportSchema.parse(process.report.getReport());
  const limit = Number(userLimits?.open_files.soft ?? Infinity);
  return Number.isNaN(limit) || limit >= fewHandles
    ? ok(Number.isFinite(limit) ? `${limit} for one process` : 'no limit')
    : warning(
        `${limit} for one process`,
        `Raise it for a daemon with many clients: ulimit -n ${fewHandles * 4}, or LimitNOFILE= in its unit.`,
      );
}

/** A watched folder needs one for itself and one for each folder in it. */
const fewWatches = 8192;

async function watches(): Promise<Result> {
  const [most, instances] = await Promise.all(
    ['max_user_watches', 'max_user_instances'].map(inotifyLimit),
  );
  if (most === undefined || instances === undefined)
    return ok('this system sets no limit of its own');
  return most >= fewWatches
    ? ok(`${most} folders for one user, ${instances} watchers`)
    : warning(
        `${most} folders for one user`,
        'Raise fs.inotify.max_user_watches with sysctl, or watch with --poll.',
      );
}

async function inotifyLimit(name: string): Promise<number | undefined> {
  try {
    return Number(await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
