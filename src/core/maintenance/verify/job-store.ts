/** Checks the job store itself, and compares what it knows with the tree. */
import { setTimeout as delay } from 'node:timers/promises';
import { isCabError, type CabError } from '../../model/errors.ts';
import { keptDatabase } from '../../model/job/job.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { PointerStore } from '../../ports/pointer-store.ts';
import { trackFileName } from '../../model/entry/track-name.ts';
import type { VerifyContext } from './context.ts';
import type { Problem } from '../../ports/maintenance/entry-checker.ts';

/** A job store that cannot be opened may still be sound: then the class is `unreadable`. */
export const storeProblem = (place: string, { code, message }: CabError): Problem => ({
  class: code === 'queue_unreadable' ? 'job_store' : 'unreadable',
  place,
  message,
  expected: null,
  actual: null,
});

export async function checkJobStore(verify: VerifyContext): Promise<void> {
  const { scope, root } = verify.options;
  // Tables beside the job store. Losing such a table costs work and no results.
  if (scope.whole) for (const problem of await root.checkSideTables()) verify.findings.add(problem);
  if (verify.store === undefined) return;
  if (scope.hasPointers) await unlessDamaged(verify, verify.store, checkTracks);
  if (!scope.whole) return;
  verify.progress('checking the job store', 0);
  for (const line of await verify.store.check())
    tell(verify, root.jobs.place, `the job store is damaged: ${line}`);
  await unlessDamaged(verify, verify.store, checkKeptInputs);
}

/** Checks the kept inputs and databases of pending and running jobs. If one is gone, nobody can provide it again. */
async function checkKeptInputs(verify: VerifyContext, store: JobStore): Promise<void> {
  for (const { job_id, kept } of (await store.reliances()).of)
    for (const recorded of kept) {
      const place = await verify.options.root.inputs.missing(recorded);
      const what = place === undefined ? undefined : await needed(store, job_id, recorded);
      if (place !== undefined && what !== undefined)
        tell(verify, place, `job ${job_id} waits for ${what} that is not there`, 'missing');
    }
}

/** What the job still needs the file for; undefined if it does not. A small input also stays in the job store until its job is done. */
async function needed(
  store: JobStore,
  job_id: string,
  recorded: string,
): Promise<'an input' | 'a database' | undefined> {
  const job = await store.get(job_id);
  if (job?.state !== 'pending' && job?.state !== 'running') return undefined;
  if (keptDatabase(job.spec) === recorded) return 'a database';
  return (await store.input(job_id)) === undefined ? 'an input' : undefined;
}

/** A track with results must have a pointer. Another program may have chosen which result it names. */
async function checkTracks(verify: VerifyContext, store: JobStore): Promise<void> {
  const { root, pace, scope } = verify.options;
  for await (const page of store.trackResults(1)) {
    for (const { track_id, rank, ...key } of page) {
      if (rank !== 1) continue;
      const file = `${trackFileName(track_id)}.json`;
      if (!scope.hasPointer(file) || (await hasPointer(root.pointers, track_id))) continue;
      // The pointer of a hit is written right after its job is recorded.
      await delay(secondLookMs);
      if (!(await hasPointer(root.pointers, track_id)))
        verify.findings.add(
          {
            class: 'missing',
            place: `echo/index/${file}`,
            message: 'the track has results, and no pointer',
            expected: null,
            actual: null,
          },
          { track_id, key: { config_hash: key.config_hash, source_hash: key.source_hash } },
        );
    }
    if (pace.isDue) await pace.rest();
  }
}

const secondLookMs = 100;

/** A pointer that cannot be read exists; it has its own finding. */
async function hasPointer(pointers: PointerStore, track_id: string): Promise<boolean> {
  try {
    return (await pointers.read(track_id)) !== undefined;
  } catch (error) {
    if (isCabError(error, 'pointer_invalid', 'store_unreadable', 'unsafe_track')) return true;
    throw error;
  }
}

async function unlessDamaged(
  verify: VerifyContext,
  store: JobStore,
  look: (verify: VerifyContext, store: JobStore) => Promise<void>,
): Promise<void> {
  try {
    await look(verify, store);
  } catch (error) {
    if (!isCabError(error, 'queue_unreadable')) throw error;
    tell(verify, verify.options.root.jobs.place, error.message);
  }
}

function tell(
  { findings }: VerifyContext,
  place: string,
  message: string,
  kind: 'job_store' | 'missing' = 'job_store',
): void {
  findings.add({ class: kind, place, message, expected: null, actual: null });
}
