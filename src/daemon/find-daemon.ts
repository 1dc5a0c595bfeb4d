import { readClaim } from './claimed-file.ts';
import type { Daemon } from './daemon-file.ts';
import { daemonPlaces } from './daemon-places.ts';

/** The daemon that serves a root, if it is alive and listens. If there is none, this costs one look at one file. */
export async function findDaemon(root: string): Promise<Daemon | undefined> {
  const text = await readClaim(daemonPlaces(root).file);
  if (text === undefined) return undefined;
  const { livingDaemon } = await import('./daemon-file.ts');
  return livingDaemon(text);
}
