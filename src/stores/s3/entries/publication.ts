/**
 * Publication in a bucket:
 *
 *   1. PUT of each file, only where nothing stands   crash: files without a manifest, which are no entry; a sweep
 *                                                    removes them after a day
 *   2. PUT of the manifest, only where nothing       on the answer the entry is visible and durable
 *      stands
 *
 * Two runs of one key may differ in bytes, and neither may overwrite a file of the other. Where a file has taken the place of
 * another, the digests are compared: the same bytes serve both. Other bytes are put under their digest, and the manifest says so.
 * Of two manifests the first stays.
 *
 * A PUT whose answer is lost is sent again and may find its own object in the place: this is seen by the digest as well.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf, sealed } from '../../../core/hashing/manifest-seal.ts';
import { refuseUnfinished } from '../../../core/hashing/untouched.ts';
import { CabError } from '../../../core/model/errors.ts';
import { formatKey } from '../../../core/model/entry/key.ts';
import { filesOf, type ListedFile, type Manifest } from '../../../core/model/entry/manifest.ts';
import type { StagedEntry } from '../../../core/ports/workspace.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { Semaphore } from '../../../support/semaphore.ts';
import type { Bucket } from '../connection/bucket.ts';
import { bytesBody, fileBody } from '../connection/request-body.ts';
import { asidePath, fileKey } from '../object-keys.ts';
import { placeOf, withObjects } from './remote-entries.ts';

/** Files of one entry that are sent at the same time. */
const together = 8;

/** The most bytes that servers of S3 take in one PUT. */
const mostBytesOfPut = 5 * 2 ** 30;

export interface Sent {
  /** As it stands in the bucket. */
  readonly manifest: Manifest;
  /** Whether the bytes of the manifest are those that were staged. */
  readonly isAsStaged: boolean;
}

/** Undefined: another manifest stands in the place. @throws CabError runner_result_invalid for a file that was not finished */
export async function send(
  staged: StagedEntry,
  bucket: Bucket,
  signal?: AbortSignal,
): Promise<Sent | undefined> {
  const { key, dir, manifest, artifact, manifestName } = staged;
  refuseUnfinished(staged);
  const { aside, found } = await sendFiles(staged, bucket, signal);
  failpoint('s3.files-sent');
  const said = aside.size === 0 ? manifest : sealed(withObjects(manifest, artifact, aside));
  const bytes = aside.size === 0 ? await readFile(join(dir, manifestName)) : bytesOf(said);
  const place = fileKey(key, manifestName);
  const body = bytesBody(bytes);
  const isNew = await bucket.putNew(place, { body, contentType: 'application/json' }, signal);
  failpoint('s3.committed');
  if (isNew === 'taken' && (await bucket.head(place, signal))?.sha256 !== body.sha256)
    return undefined;
  // A sweep may have removed a file that had no manifest when it looked.
  for (const file of found)
    if ((await bucket.head(placeOf(key, file), signal)) === undefined)
      await sendFile(staged, file, bucket, signal);
  return { manifest: said, isAsStaged: aside.size === 0 };
}

interface SentFiles {
  /** The paths of the files that are not in their place, but under their digest. */
  readonly aside: ReadonlySet<string>;
  /** Files that stood in their place already. */
  readonly found: readonly ListedFile[];
}

async function sendFiles(
  staged: StagedEntry,
  bucket: Bucket,
  signal?: AbortSignal,
): Promise<SentFiles> {
  const turns = new Semaphore(together);
  const aside = new Set<string>();
  const found: ListedFile[] = [];
  const all = await Promise.allSettled(
    filesOf(staged.manifest, staged.artifact).map((file) =>
      turns.during(async () => {
        const outcome = await sendFile(staged, file, bucket, signal);
        if (outcome === 'aside') aside.add(file.path);
        else if (outcome === 'found') found.push(file);
      }),
    ),
  );
  for (const one of all) if (one.status === 'rejected') throw one.reason;
  return { aside, found };
}

/** `found`: the same bytes stood there. `aside`: other bytes stand there, and the file is under its digest. */
async function sendFile(
  { key, dir }: StagedEntry,
  file: ListedFile,
  bucket: Bucket,
  signal: AbortSignal | undefined,
): Promise<'sent' | 'found' | 'aside'> {
  const path = join(dir, file.path);
  const size = file.size ?? (await stat(path)).size;
  if (size > mostBytesOfPut) throw tooLarge(path, size, bucket);
  const object = {
    body: fileBody(path, size, file.sha256),
    ...(file.content_type != null && { contentType: file.content_type }),
  };
  // The manifest of an entry that comes from another bucket may name a file that lies aside.
  const place = placeOf(key, file);
  if ((await bucket.putNew(place, object, signal)) === 'created') return 'sent';
  if ((await bucket.head(place, signal))?.sha256 === file.sha256) return 'found';
  const aside = fileKey(key, asidePath(file.sha256));
  const isNew = await bucket.putNew(aside, object, signal);
  // Its name is its digest: what does not have it was damaged, and is of use to no entry.
  if (isNew === 'taken' && (await bucket.head(aside, signal))?.sha256 !== file.sha256)
    await bucket.put(aside, object);
  return 'aside';
}

const tooLarge = (path: string, size: number, bucket: Bucket): CabError =>
  new CabError(
    'store_refused',
    `${path} has ${size} bytes: ${bucket.name} takes 5 GiB in one file`,
    {
      hint: 'Split the result into smaller files.',
      details: { file: path, size },
    },
  );

export const notPublished = ({ key }: StagedEntry, rounds: number): CabError =>
  new CabError(
    'io_error',
    `publishing ${formatKey(key)}: the place was taken or gone ${rounds} times`,
  );
