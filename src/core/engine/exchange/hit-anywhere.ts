import { isCabError } from '../../model/errors.ts';
import type { JobResult, JobSpec } from '../../model/job/job.ts';
import type { EntryStore } from '../../ports/entry-store.ts';
import type { KeyMemory } from '../../ports/jobs/key-memory.ts';
import { findHit, isSameWork } from '../../publication/hits.ts';
import type { Exchange } from './exchange.ts';

export interface HitPlaces {
  readonly entries: EntryStore;
  readonly exchange: Exchange | undefined;
}

/**
 * As `findHit`. If the result is not here, it is fetched from an upstream and published first. A disk that cannot take it is no
 * reason to refuse the job: the runner's result may be smaller.
 */
export async function findHitAnywhere(
  spec: JobSpec,
  { entries, exchange }: HitPlaces,
  store: KeyMemory | undefined,
  signal?: AbortSignal,
): Promise<JobResult | undefined> {
  const here = await findHit(spec, entries, store, signal);
  if (here !== undefined || exchange === undefined) return here;
  const upstream = await brought(spec, exchange, store, signal);
  if (upstream === undefined) return undefined;
  const found = await findHit(spec, entries, store, signal);
  return found && { ...found, upstream };
}

/** The upstream that has the result of a job. Nothing is fetched. */
export async function whoHasHit(
  spec: JobSpec,
  exchange: Exchange | undefined,
  store: KeyMemory | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return exchange?.whoHas(await keyOf(spec, store), wantedBy(spec, signal));
}

async function brought(
  spec: JobSpec,
  exchange: Exchange,
  store: KeyMemory | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return await exchange.bring(await keyOf(spec, store), wantedBy(spec, signal));
  } catch (error) {
    if (isCabError(error, 'no_space', 'io_error', 'root_unwritable')) return undefined;
    throw error;
  }
}

const keyOf = async (spec: JobSpec, store: KeyMemory | undefined) =>
  (await store?.alias(spec.key)) ?? spec.key;

/** Without `suits` all jobs of a key share one fetch. */
const wantedBy = (spec: JobSpec, signal: AbortSignal | undefined) => ({
  signal,
  ...(spec.config_hash_given && {
    suits: (manifest: Parameters<typeof isSameWork>[1]) => isSameWork(spec, manifest),
  }),
});
