import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { CabError } from '../../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import type { Restorer } from '../../../core/ports/maintenance/trash.ts';
import { syncDirectory } from '../../../support/files/durable.ts';
import { rootError } from '../../../support/files/io-error.ts';
import type { Layout } from '../layout.ts';
import type { TrashDirectory } from './trash-directory.ts';

/** Puts entries back from the trash. */
export class FsRestorer implements Restorer {
  readonly #layout: Layout;
  readonly #directory: TrashDirectory;

  constructor(layout: Layout, directory: TrashDirectory) {
    this.#layout = layout;
    this.#directory = directory;
  }

  async has(key: EntryKey): Promise<boolean> {
    return this.#directory.stampsOf(key).length > 0;
  }

  async restore(key: EntryKey): Promise<'restored' | 'stands' | 'gone'> {
    if (this.#stands(key)) return 'stands';
    if (this.#putBackOrRefuse(key)) {
      await syncDirectory(dirname(this.#layout.entry(key)));
      return 'restored';
    }
    // Another process was faster: it put the entry back, or garbage collection deletes it.
    return this.#stands(key) ? 'stands' : 'gone';
  }

  #putBackOrRefuse(key: EntryKey): boolean {
    try {
      return this.#putBack(key);
    } catch (error) {
      throw rootError(error, `restoring entry ${formatKey(key)}`);
    }
  }

  #putBack(key: EntryKey): boolean {
    return this.#directory.stampsOf(key).some(({ id }) => {
      const result = this.#directory.putBack(id, key);
      if (typeof result === 'boolean') return result;
      throw new CabError('root_unwritable', `${result.path} cannot be moved (${result.errno})`);
    });
  }

  #stands(key: EntryKey): boolean {
    return existsSync(this.#layout.entry(key));
  }
}
