import type { Leftovers } from '../../../core/ports/maintenance/leftovers.ts';
import type { Bucket } from '../connection/bucket.ts';
import { quarantineFolder } from '../object-keys.ts';
import type { Quarantine } from '../quarantine.ts';

/** Attempts and unfinished files are on this machine; the evidence is in the bucket. */
export const leftoversWith = (
  here: Leftovers,
  bucket: Bucket,
  quarantine: Quarantine,
): Leftovers => ({
  attempts: (store) => here.attempts(store),
  unfinished: () => here.unfinished(),
  sweep: (store, tell) => here.sweep(store, tell),
  isThere: (place) => here.isThere(place),
  evidence: async () => ({
    count: (await quarantine.all()).length,
    where: `${bucket.name}/${quarantineFolder}`,
  }),
});
