import type { PointerStore } from '../cas/pointer-store.ts';
import type { Pointer, PointerRecord } from '../model/pointer.ts';
import type { JobStore } from '../queue/job-store.ts';

/**
 * The current pointer and those before it. A pointer that the job store knows nothing of (a tree of another
 * broker, a job store begun anew) stands first, without a job.
 */
export async function trackHistory(
  current: Pointer,
  limit: number,
  store: JobStore | undefined,
): Promise<readonly PointerRecord[]> {
  const records = (await store?.history(current.track_id, limit)) ?? [];
  const [head] = records;
  const isKnown =
    head !== undefined &&
    head.config_hash === current.config_hash &&
    head.source_hash === current.source_hash;
  return isKnown ? records : [{ ...current, job_id: '', at: '' }, ...records].slice(0, limit);
}

/** By their ids. @throws CabError pointer_invalid */
export async function allTracks(pointers: PointerStore): Promise<readonly Pointer[]> {
  const found: Pointer[] = [];
  for await (const { pointer } of pointers.list()) {
    if (pointer instanceof Error) throw pointer;
    found.push(pointer);
  }
  // Their files are in the order of their names, which is another where one id begins with another.
  return found.sort((a, b) => (a.track_id < b.track_id ? -1 : 1));
}
