import { failpoint } from '../../support/failpoints.ts';
import { Semaphore } from '../../support/semaphore.ts';
import type { Bucket } from './connection/bucket.ts';

/** Objects that are copied or removed at the same time. */
const together = 16;

/** The keys below a folder, which ends with `/`. */
export async function keysIn(bucket: Bucket, folder: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of bucket.list(folder)) keys.push(...page.map(({ key }) => key));
  return keys;
}

/**
 * Moves all objects below a folder, and gives their number. The manifest is copied last and removed first, so that a move that is
 * interrupted leaves an entry whole in the old place, in the new one, or in both.
 * @param isStill whether what is in the old place is still to be moved. It is asked late, because a publication may take the place
 *   meanwhile; if it says no, nothing is removed there, and the number is 0
 */
export async function moveFolder(
  bucket: Bucket,
  from: string,
  to: string,
  manifestName: string,
  isStill: () => Promise<boolean> = async () => true,
): Promise<number> {
  const keys = await keysIn(bucket, from);
  if (!(await isStill())) return 0;
  const copy = (key: string): Promise<boolean> => bucket.copy(key, to + key.slice(from.length));
  const isManifest = (key: string): boolean => key === from + manifestName;
  await each(
    keys.filter((key) => !isManifest(key)),
    copy,
  );
  await each(keys.filter(isManifest), copy);
  if (!(await isStill())) return 0;
  await each(keys.filter(isManifest), (key) => bucket.remove(key));
  failpoint('s3.manifest-moved');
  const files = keys.filter((key) => !isManifest(key));
  await each(files, (key) => bucket.remove(key));
  // A publication that began meanwhile may rely on files that it found here with the same bytes.
  if ((await bucket.head(from + manifestName)) !== undefined)
    await each(files, (key) => bucket.copyNew(to + key.slice(from.length), key));
  return keys.length;
}

/** The number of objects that were removed. */
export async function removeFolder(bucket: Bucket, folder: string): Promise<number> {
  const keys = await keysIn(bucket, folder);
  await each(keys, (key) => bucket.remove(key));
  return keys.length;
}

export async function each<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const turns = new Semaphore(together);
  return Promise.all(items.map((item) => turns.during(() => act(item))));
}
