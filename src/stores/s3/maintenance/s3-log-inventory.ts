import type { LogInventory } from '../../../core/ports/maintenance/leftovers.ts';
import type { TellStays } from '../../../core/ports/maintenance/trash.ts';
import type { Bucket } from '../connection/bucket.ts';
import { removeFolder } from '../folders.ts';
import { logFolder, logsFolder } from '../object-keys.ts';

/** The logs of a queue that machines share: in the bucket, and in the root of this machine. */
export class S3LogInventory implements LogInventory {
  readonly #bucket: Bucket;
  readonly #here: LogInventory;

  constructor(bucket: Bucket, here: LogInventory) {
    this.#bucket = bucket;
    this.#here = here;
  }

  /** A job with a log in both places is listed once. */
  async *ids(): AsyncGenerator<readonly string[]> {
    const here = new Set<string>();
    for await (const ids of this.#here.ids()) for (const id of ids) here.add(id);
    for await (const ids of this.#bucket.folders(logsFolder)) {
      for (const id of ids) here.delete(id);
      yield ids;
    }
    yield [...here];
  }

  async remove(job_id: string, tell: TellStays): Promise<boolean> {
    await removeFolder(this.#bucket, logFolder(job_id));
    return this.#here.remove(job_id, tell);
  }
}
