import type { EntryStore, FoundEntry, OpenedFile } from '../../ports/entry-store.ts';
import { CabError, isCabError } from '../../model/errors.ts';
import { formatKey, type EntryKey } from '../../model/entry/key.ts';
import type { Manifest } from '../../model/entry/manifest.ts';
import type { LazyJobStore } from '../../ports/jobs/lazy-job-store.ts';
import type { Exchange, Wanted } from '../exchange/exchange.ts';

/** A manifest of another program may not give the artifact's name. Then the name found in the directory is used. */
const withArtifactName = ({ artifact, manifest }: FoundEntry): Manifest =>
  manifest.artifact.path == null
    ? { ...manifest, artifact: { ...manifest.artifact, path: artifact } }
    : manifest;

/** How entries are fetched that are not here; undefined: they are not. */
export type Bring = Exchange['bring'] | undefined;

/** Finds entries by their predicted key. A runner may have published under another key, which the job store knows. */
export class PredictedEntries {
  readonly #entries: EntryStore;
  readonly #stores: LazyJobStore;

  constructor(entries: EntryStore, stores: LazyJobStore) {
    this.#entries = entries;
    this.#stores = stores;
  }

  /** @throws CabError not_found, and what reading an entry throws */
  async manifest(key: EntryKey, bring?: Bring, wanted?: Wanted): Promise<Manifest> {
    const here = (await this.#entries.locate(key)) ?? (await this.#aliased(key));
    const found = here ?? (await this.#brought(key, bring, wanted));
    if (found === undefined)
      throw new CabError('not_found', `no entry ${formatKey(key)}`, { details: { ...key } });
    return withArtifactName(found);
  }

  /** @throws CabError as `EntryStore.open` */
  async open(key: EntryKey, name?: string, bring?: Bring, wanted?: Wanted): Promise<OpenedFile> {
    try {
      return await this.#entries.open(key, name);
    } catch (error) {
      if (!isCabError(error, 'not_found') || (await this.#entries.locate(key))) throw error;
      const found = (await this.#aliased(key)) ?? (await this.#brought(key, bring, wanted));
      if (found === undefined) throw error;
      // Not held: if an entry later appears under the requested key, nobody would notice.
      return { ...(await this.#entries.open(found.key, name)), held: undefined };
    }
  }

  async #brought(key: EntryKey, bring: Bring, wanted?: Wanted): Promise<FoundEntry | undefined> {
    const upstream = await bring?.(key, wanted);
    return upstream === undefined ? undefined : this.#entries.locate(key);
  }

  async #aliased(key: EntryKey): Promise<FoundEntry | undefined> {
    const target = await (await this.#stores.existing())?.alias(key);
    return target && this.#entries.locate(target);
  }
}
