/** Keeps what a job reads for as long as it may run: an input that was sent, and for other machines what was named. */
import { currentOwner } from '../../../support/process/owner.ts';
import type { JobSpec } from '../../model/job/job.ts';
import type { InputStore } from '../../ports/input-store.ts';
import type { NewJob } from '../../ports/jobs/job-queue.ts';
import { contentToSend, type FoundInput } from './job-input.ts';

/** What the job store gets: the spec, and the input if the job store is to hold it. */
export type Admitted = Pick<NewJob, 'spec' | 'input'>;

/** @throws CabError input_changed, and what the store of inputs throws */
export async function kept(
  spec: JobSpec,
  input: FoundInput,
  inputs: InputStore,
): Promise<Admitted> {
  const copied = inputs.isShared ? await withDatabase(spec, inputs) : spec;
  if (input.sent !== null)
    return { spec: copied, input: await inputs.keep(input.sent, input.path) };
  if (!inputs.isShared || spec.input.kept) return { spec: copied };
  const sent = await contentToSend(input);
  const place = inputs.placeOf(sent, input.hashed.json);
  const copy = { place, machine: currentOwner().machine };
  return {
    spec: { ...copied, input: { ...spec.input, copy } },
    input: await inputs.keep(sent, place),
  };
}

/** If the caller gave the digest, nobody knows which bytes the path holds. */
async function withDatabase(spec: JobSpec, inputs: InputStore): Promise<JobSpec> {
  const { db_path, db_hash, db_hash_given, db_kept } = spec;
  if (db_path === null || db_hash === null || db_hash_given) return spec;
  const place = await inputs.keepFile(db_path, db_hash);
  if (place === undefined || db_kept === true) return spec;
  return { ...spec, db_copy: { place, machine: currentOwner().machine } };
}
