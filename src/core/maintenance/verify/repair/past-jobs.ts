import { requestOf } from '../../../publication/resubmission.ts';
import { formatKey, type EntryKey } from '../../../model/entry/key.ts';
import type { DoneJob, JobSpec } from '../../../model/job/job.ts';
import type { SubmitRequest } from '../../../model/request/submit-request.ts';
import type { MaintainedRoot } from '../../../ports/maintenance/maintained-root.ts';
import type { Sample } from '../../../model/report/sample.ts';

/** The settings with which a broker must be opened to make the entry again. */
export interface Making {
  /** A spec. */
  readonly runner: string;
  readonly artifactName: string;
  readonly manifestName: string;
}

/** A job that once made an entry, and the request for the same work. */
export interface PastJob {
  readonly key: EntryKey;
  readonly job_id: string;
  readonly made: Making;
  readonly request: SubmitRequest;
}

/** For each entry the latest recorded job that computed it. Throws what opening the job store throws. */
export async function pastJobs(
  { jobs, inputs }: Pick<MaintainedRoot, 'jobs' | 'inputs'>,
  keys: readonly EntryKey[],
): Promise<PastJob[]> {
  const store = keys.length === 0 ? undefined : await jobs.existing();
  if (store === undefined) return [];
  const found = new Map<string, DoneJob>();
  for (const job of await store.endedAt(keys, Number.MAX_SAFE_INTEGER))
    if (job.state === 'done' && !job.cached && !found.has(formatKey(job.result)))
      found.set(formatKey(job.result), job);
  return Promise.all(
    [...found.values()].map(async (job) => ({
      key: { config_hash: job.result.config_hash, source_hash: job.result.source_hash },
      job_id: job.id,
      made: makingOf(job.spec),
      request: requestOf(job, (path) => inputs.pathOf(path), await store.input(job.id)),
    })),
  );
}

const makingOf = ({ runner, artifact_name, manifest_name }: JobSpec): Making => ({
  runner,
  artifactName: artifact_name,
  manifestName: manifest_name,
});

/** The entries of a sample. */
export async function sampledKeys(
  { inventory }: Pick<MaintainedRoot, 'inventory'>,
  sample: Sample,
): Promise<EntryKey[]> {
  const keys: EntryKey[] = [];
  for await (const places of inventory.places())
    for (const place of places)
      if (place.kind === 'entry' && sample.has(place.key)) keys.push(place.key);
  return keys;
}
