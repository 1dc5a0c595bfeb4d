import type { EntryStore, FoundEntry } from '../cas/entry-store.ts';
import type { EntryKey } from '../model/key.ts';
import type { JobResult } from '../model/job.ts';
import type { JobStore } from '../queue/job-store.ts';

/** The result that stands for a predicted key already: sound, whole, and freshened so that gc leaves it. */
export async function findHit(
  predicted: EntryKey,
  entries: EntryStore,
  store: JobStore | undefined,
  signal?: AbortSignal,
): Promise<JobResult | undefined> {
  const key = (await store?.alias(predicted)) ?? predicted;
  const found = await entries.claimHit(key, signal);
  return found && resultOf(found);
}

export const resultOf = ({ key, artifact, manifestName, manifest }: FoundEntry): JobResult => ({
  config_hash: key.config_hash,
  source_hash: key.source_hash,
  artifact,
  manifest: manifestName,
  etag: manifest.artifact.sha256,
});
