/**
 * Pins, `.cab/pins/<config_hash>/<source_hash>`: an empty file for each pinned entry. They are files so that they
 * survive the loss of a job store. A pin is durable before it is reported. A crash leaves at worst an empty
 * directory.
 */
import { existsSync } from 'node:fs';
import { open, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { formatKey, isConfigHash, isSegment, type EntryKey } from '../../core/model/entry/key.ts';
import { makeDirectory, sync } from '../../support/files/durable.ts';
import { guarded } from '../../support/files/io-error.ts';
import type { PinStore } from '../../core/ports/maintenance/pin-store.ts';
import type { Layout } from './layout.ts';
import { namesIn } from '../../support/files/names-in.ts';

export class Pins implements PinStore {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async has(key: EntryKey): Promise<boolean> {
    return existsSync(this.#file(key));
  }

  add(key: EntryKey): Promise<boolean> {
    const file = this.#file(key);
    return guarded(`pinning ${formatKey(key)}`, async () => {
      for (;;) {
        await makeDirectory(dirname(file));
        const made = await makeFile(file);
        if (made === 'no directory') continue;
        if (made) await sync(dirname(file));
        return made;
      }
    });
  }

  remove(key: EntryKey): Promise<boolean> {
    const file = this.#file(key);
    return guarded(`unpinning ${formatKey(key)}`, async () => {
      const had = existsSync(file);
      await rm(file, { force: true });
      await removeEmpty(dirname(file));
      return had;
    });
  }

  /** Ignores a file whose name is no key: it is not cab's. */
  async list(): Promise<readonly EntryKey[]> {
    const keys: EntryKey[] = [];
    for (const config_hash of (await namesIn(this.#layout.pins)).sort()) {
      if (!isConfigHash(config_hash)) continue;
      for (const source_hash of (await namesIn(join(this.#layout.pins, config_hash))).sort())
        if (isSegment(source_hash)) keys.push({ config_hash, source_hash });
    }
    return keys;
  }

  #file({ config_hash, source_hash }: EntryKey): string {
    return join(this.#layout.pins, config_hash, source_hash);
  }
}

/** `no directory` if another process has just removed the empty directory. */
async function makeFile(file: string): Promise<boolean | 'no directory'> {
  try {
    await (await open(file, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    if (errnoOf(error) === 'ENOENT') return 'no directory';
    throw error;
  }
}

async function removeEmpty(dir: string): Promise<void> {
  try {
    await rmdir(dir);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
  }
}
