import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { canonicalJson } from '../../../core/hashing/json/canonical-json.ts';
import { sha256 } from '../../../core/hashing/digest.ts';
import { makeDirectory } from '../../../support/files/durable.ts';
import { type CachePlace, replaceFile } from '../../../support/files/temporary.ts';
import { historicalEcho } from '../descriptor.ts';
import type { SpineQuery } from '../probe-arguments.ts';
import { ColumnsFile, isOwn, newBlocksRead } from './columns-file.ts';
import { format } from './image.ts';

/**
 * The name of the columns that a query finds in a database. It depends on all that decides which rows they hold.
 * @param digest SHA-256 of the database, computed by the broker itself
 */
export function columnsName(digest: string, query: SpineQuery): string {
  const { searches, yearMin, yearMax, fallbackRows } = query;
  const material = {
    kind: 'historical-echo columns',
    format,
    runner_version: historicalEcho.version,
    database: digest,
    searches: searches.map(({ label, table, echoTier }) => ({ label, table, echo_tier: echoTier })),
    year_min: yearMin,
    year_max: yearMax,
    fallback: fallbackRows === Infinity ? 'all' : fallbackRows,
  };
  return sha256(canonicalJson(Buffer.from(JSON.stringify(material))));
}

/**
 * The files of columns in a root's cache. None of them is required: if one is missing or damaged, the
 * database has all data.
 */
export class ColumnsCache {
  readonly #place: CachePlace;
  readonly #read = newBlocksRead();
  /** Open files by name, the most recently used last. */
  readonly #open = new Map<string, ColumnsFile>();

  constructor(place: CachePlace) {
    this.#place = place;
  }

  find(name: string): ColumnsFile | undefined {
    const file = this.#open.get(name) ?? ColumnsFile.open(this.#pathOf(name), name, this.#read);
    if (file === undefined) return undefined;
    this.#open.delete(name);
    this.#open.set(name, file);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= mostOpen) break;
      this.forget(oldest);
    }
    return file;
  }

  /** Closes a file, for example because it is damaged. */
  forget(name: string): void {
    this.#open.get(name)?.close();
    this.#open.delete(name);
  }

  /** False if nothing can be kept there: no space, no permission, or a directory that is a link or another user's. */
  async put(name: string, bytes: Uint8Array): Promise<boolean> {
    this.forget(name);
    try {
      await makeDirectory(this.#place.cache);
      if (!isOwn(lstatSync(this.#place.cache), 'isDirectory')) return false;
      await replaceFile(this.#place, this.#pathOf(name), bytes);
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }

  close(): void {
    for (const name of this.#open.keys()) this.forget(name);
  }

  #pathOf(name: string): string {
    return join(this.#place.cache, `${name}.columns`);
  }
}

const mostOpen = 8;
