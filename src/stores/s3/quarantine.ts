import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { Evidence } from '../../core/ports/maintenance/trash.ts';
import type { Bucket } from './connection/bucket.ts';
import { bytesBody } from './connection/request-body.ts';
import { moveFolder, removeFolder } from './folders.ts';
import { entryFolder, quarantineFolder } from './object-keys.ts';

/** What was set aside as evidence, one folder each; its name begins with the time. */
export class Quarantine {
  readonly #bucket: Bucket;
  readonly #manifestName: string;

  constructor(bucket: Bucket, manifestName: string) {
    this.#bucket = bucket;
    this.#manifestName = manifestName;
  }

  /**
   * Moves a whole entry, and gives its place; undefined if nothing was there.
   * @param isStill as for `moveFolder`
   */
  async entry(
    key: EntryKey,
    note?: object,
    isStill?: () => Promise<boolean>,
  ): Promise<string | undefined> {
    const place = placeForEvidence();
    const from = entryFolder(key);
    const moved = await moveFolder(this.#bucket, from, place, this.#manifestName, isStill);
    if (moved === 0) return undefined;
    if (note !== undefined) {
      const body = bytesBody(Buffer.from(`${JSON.stringify(note, null, 2)}\n`));
      await this.#bucket.put(`${place}note.json`, { body, contentType: 'application/json' });
    }
    return place;
  }

  async object(key: string): Promise<string | undefined> {
    const place = placeForEvidence() + basename(key);
    if (!(await this.#bucket.copy(key, place))) return undefined;
    await this.#bucket.remove(key);
    return place;
  }

  async all(): Promise<readonly Evidence[]> {
    const found: Evidence[] = [];
    for await (const ids of this.#bucket.folders(quarantineFolder))
      for (const id of ids) {
        const at = Number(/^(\d+)-/.exec(id)?.[1] ?? Number.NaN);
        found.push({ id, at: Number.isNaN(at) ? undefined : at, isNote: false });
      }
    return found;
  }

  async discard({ id }: Evidence): Promise<boolean> {
    await removeFolder(this.#bucket, `${quarantineFolder}${id}/`);
    return true;
  }
}

const placeForEvidence = (): string => `${quarantineFolder}${Date.now()}-${randomUUID()}/`;
