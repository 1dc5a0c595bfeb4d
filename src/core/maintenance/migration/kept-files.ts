/** Copies what was kept of a job's input and database. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { sha256 } from '../../hashing/digest.ts';
import { readWhole, sentInputOf } from '../../hashing/hash-input.ts';
import { CabError, isCabError } from '../../model/errors.ts';
import { keptDatabase, keptPlace } from '../../model/job/job.ts';
import type { InputStore } from '../../ports/input-store.ts';
import type { RestingJob } from '../../ports/jobs/birth.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Migration } from './context.ts';

/** Puts the input that was kept of a job where workers of the new place look for it. Gives what goes with the job. */
export async function copyInput(
  migration: Migration,
  old: JobStore,
  job: RestingJob,
): Promise<string | undefined> {
  const { from, to } = migration.options;
  const text = await old.input(job.id);
  const recorded = keptPlace(job.spec.input);
  if (recorded === null) return text;
  const place = to.inputStore.currentPlace(recorded);
  if (text !== undefined) return to.inputStore.keep({ text }, place);
  return unlessLost(migration, job, 'input', async () => {
    const bytes = await keptBytes(from.inputStore, recorded);
    // A job that is done keeps no text, and finds its input in its place if it is run again.
    return to.inputStore.keep(job.state === 'done' ? { bytes } : sentInputOf(bytes), place);
  });
}

/** @throws CabError input_not_found, hash_mismatch */
async function keptBytes(inputs: InputStore, recorded: string): Promise<Buffer> {
  const place = inputs.currentPlace(recorded);
  await inputs.fetch(place);
  const bytes = await readWhole(place);
  if (sha256(bytes) === basename(place, '.json')) return bytes;
  throw new CabError('hash_mismatch', `${place} is not what its name says`);
}

/** A database may be larger than memory. A store that takes no files is of one machine, where jobs name their own. */
export async function copyDatabase(migration: Migration, job: RestingJob): Promise<void> {
  const recorded = keptDatabase(job.spec);
  if (recorded === null || job.state === 'done') return;
  const { from, to } = migration.options;
  const place = from.inputStore.currentPlace(recorded);
  await unlessLost(migration, job, 'database', async () => {
    await from.inputStore.fetch(place);
    const kept = existsSync(place)
      ? await to.inputStore.keepFile(place, basename(place))
      : undefined;
    if (kept === undefined) throw new CabError('spine_not_found', `${place} is not kept there`);
  });
}

/** Goes on without what is lost. Most jobs that have ended do not need it any more, and garbage collection has removed it. */
async function unlessLost<T>(
  migration: Migration,
  job: RestingJob,
  what: 'input' | 'database',
  copy: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await copy();
  } catch (error) {
    if (!isCabError(error, 'input_not_found', 'spine_not_found', 'hash_mismatch')) throw error;
    const { code, message } = error;
    if (job.state === 'pending' || code === 'hash_mismatch')
      migration.note(
        'job',
        job.id,
        new CabError(code, `it was copied without its ${what}: ${message}`),
      );
    return undefined;
  }
}
