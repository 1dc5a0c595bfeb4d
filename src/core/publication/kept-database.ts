/** Databases that the broker keeps for jobs that may run on other machines. The last part of the place is the SHA-256. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { CabError } from '../model/errors.ts';
import type { JobSpec } from '../model/job/job.ts';
import type { DigestFile } from '../model/runner/runner-identity.ts';
import type { InputStore } from '../ports/input-store.ts';

/**
 * Makes sure that the database is at its place. A copy that was damaged on this machine is fetched again. The caller compares
 * the digest after this: the copy may still be another one.
 * @throws CabError spine_not_found, and what `fetch` throws
 */
export async function fetchDatabase(
  place: string,
  inputs: InputStore,
  digest: DigestFile,
  signal?: AbortSignal,
): Promise<void> {
  await inputs.fetch(place);
  if (!existsSync(place))
    throw new CabError('spine_not_found', `the database ${basename(place)} is kept nowhere`, {
      hint: 'Submit the job again on a machine that has the database: that sends it.',
      details: { file: place },
    });
  if ((await digest(place, signal)) !== basename(place)) await inputs.renew(place);
}

/** Submitted again, such a job would get the key of a job without a database. @throws CabError spine_not_found */
export function refuseLost({ db_path, db_hash, db_hash_given, db_kept }: JobSpec): void {
  if (db_path === null || db_hash === null || db_hash_given || db_kept === true) return;
  if (existsSync(db_path)) return;
  throw new CabError(
    'spine_not_found',
    `the database ${db_path} of the job is not there any more`,
    {
      hint: 'Put it back, or submit the job again with another one.',
      details: { file: db_path },
    },
  );
}
