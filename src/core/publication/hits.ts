import type { EntryStore, FoundEntry } from '../ports/entry-store.ts';
import { CabError } from '../model/errors.ts';
import { formatKey } from '../model/entry/key.ts';
import type { Manifest } from '../model/entry/manifest.ts';
import type { Difference } from '../model/job/explanation.ts';
import type { JobResult, JobSpec } from '../model/job/job.ts';
import type { KeyMemory } from '../ports/jobs/key-memory.ts';
import { differencesOf } from './config-differences.ts';

/**
 * The result that already stands for a predicted key. The entry is checked and whole, and its time is updated, so that garbage
 * collection keeps it.
 * @throws CabError config_hash_conflict
 */
export async function findHit(
  spec: JobSpec,
  entries: EntryStore,
  store: KeyMemory | undefined,
  signal?: AbortSignal,
): Promise<JobResult | undefined> {
  const key = (await store?.alias(spec.key)) ?? spec.key;
  const found = await entries.claimHit(key, signal);
  if (found !== undefined && spec.config_hash_given) refuseOtherConfig(spec, found);
  return found && resultOf(found);
}

/** Whether an entry under the job's key can be its result. Two callers may give one hash to different work. */
export const isSameWork = (spec: JobSpec, manifest: Manifest): boolean =>
  !spec.config_hash_given || differenceOf(spec, manifest) === undefined;

/** A given hash does not tell what it stands for. So the facts that both sides know must agree. */
function differenceOf(spec: JobSpec, manifest: Manifest): Difference | undefined {
  const known = [
    ['db_hash', spec.db_hash, manifest.db_hash],
    ['config', spec.config, manifest.config],
  ] as const;
  const [different] = known.flatMap(([field, wanted, found]) =>
    wanted == null || found == null ? [] : differencesOf(wanted, found, [field]),
  );
  return different;
}

function refuseOtherConfig(spec: JobSpec, { key, manifest }: FoundEntry): void {
  const different = differenceOf(spec, manifest);
  if (different === undefined) return;
  throw new CabError(
    'config_hash_conflict',
    `entry ${formatKey(key)} stands for another ${different.field}`,
    { details: { ...different, config_hash: spec.key.config_hash } },
  );
}

export const resultOf = ({ key, artifact, manifestName, manifest }: FoundEntry): JobResult => ({
  config_hash: key.config_hash,
  source_hash: key.source_hash,
  artifact,
  manifest: manifestName,
  etag: manifest.artifact.sha256,
});
