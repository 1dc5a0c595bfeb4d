import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { randomUUID } from 'node:crypto';
import { bytesOf } from '../../../core/hashing/manifest-seal.ts';
import { sha256File } from '../../../core/hashing/digest.ts';
import type { JobResult } from '../../../core/model/job/job.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import type { Manifest } from '../../../core/model/entry/manifest.ts';
import type { EntryRepair } from '../../../core/ports/maintenance/entry-repair.ts';
import type { EntryStore } from '../../../core/ports/entry-store.ts';
import type { Workspace } from '../../../core/ports/workspace.ts';
import type { Bucket } from '../connection/bucket.ts';
import { keysIn } from '../folders.ts';
import { entryFolder, fileKey } from '../object-keys.ts';
import type { Quarantine } from '../quarantine.ts';

export interface S3EntryRepairOptions {
  readonly bucket: Bucket;
  readonly entries: EntryStore;
  readonly workspace: Workspace;
  readonly quarantine: Quarantine;
}

/** Repairs entries in a bucket for verify. */
export class S3EntryRepair implements EntryRepair {
  readonly #options: S3EntryRepairOptions;

  constructor(options: S3EntryRepairOptions) {
    this.#options = options;
  }

  async intactArtifact(key: EntryKey, result: JobResult): Promise<number | undefined> {
    const { bucket } = this.#options;
    const { artifact, manifest: manifestName, etag } = result;
    const place = fileKey(key, artifact);
    const all = await keysIn(bucket, entryFolder(key));
    const others = all.filter((object) => object !== fileKey(key, manifestName));
    if (others.length !== 1 || others[0] !== place) return undefined;
    if ((await bucket.digestOf(place)) !== etag) return undefined;
    return (await bucket.head(place))?.size;
  }

  /** Publishes as a job does. The damaged entry that stands in the place moves to quarantine. */
  async republish(key: EntryKey, result: JobResult, manifest: Manifest): Promise<void> {
    const { bucket, entries, workspace } = this.#options;
    const { artifact, manifest: manifestName, etag } = result;
    const staging = await workspace.stage(randomUUID(), 1);
    try {
      const dir = join(staging.dir, 'entry');
      const copy = join(dir, artifact);
      await mkdir(dirname(copy), { recursive: true });
      await bucket.read(fileKey(key, artifact), undefined, (bytes) =>
        pipeline(bytes, createWriteStream(copy)),
      );
      if ((await sha256File(copy)) !== etag)
        throw new Error(`the copy of ${artifact} does not match its digest`);
      await writeFile(join(dir, manifestName), bytesOf(manifest), { flag: 'wx' });
      await entries.publish({ key, dir, artifact, manifestName, manifest });
    } finally {
      await staging.discard();
    }
  }

  setAside(key: EntryKey, note: object): Promise<string | undefined> {
    return this.#options.quarantine.entry(key, note);
  }

  where(key: EntryKey): string {
    return `${this.#options.bucket.name}/${entryFolder(key)}`;
  }
}
