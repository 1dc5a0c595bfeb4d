/** Finds the entries of one source, which lie in as many directories as there are configurations. */
import { stat } from 'node:fs/promises';
import { errnoOf } from '../../../core/model/errors.ts';
import { isConfigHash, type EntryKey } from '../../../core/model/entry/key.ts';
import type { SourceKeys } from '../../../core/ports/entry-store.ts';
import type { Layout } from '../layout.ts';
import { namesIn } from '../../../support/files/names-in.ts';

/** Number of directories that are inspected at a time. */
const together = 32;

export async function keysOfSource(
  layout: Layout,
  source_hash: string,
  most: { readonly configurations: number; readonly keys: number },
): Promise<SourceKeys> {
  const configurations = (await namesIn(layout.entries)).filter(isConfigHash);
  const looked = configurations.slice(0, most.configurations);
  const found: UsedKey[] = [];
  for (let at = 0; at < looked.length; at += together) {
    const some = looked.slice(at, at + together).map(lastUse);
    found.push(...(await Promise.all(some)).filter((each) => each !== undefined));
  }
  const keys = found.toSorted((a, b) => b.usedMs - a.usedMs).map(({ key }) => key);
  return {
    keys: keys.slice(0, most.keys),
    isWhole: looked.length === configurations.length && keys.length <= most.keys,
  };

  async function lastUse(config_hash: string): Promise<UsedKey | undefined> {
    const key = { config_hash, source_hash };
    const usedMs = await changedAt(layout.entry(key));
    return usedMs === undefined ? undefined : { key, usedMs };
  }
}

interface UsedKey {
  readonly key: EntryKey;
  readonly usedMs: number;
}

/** A hit freshens the directory of its entry, so its time is that of the last use. Undefined if there is no entry. */
async function changedAt(dir: string): Promise<number | undefined> {
  try {
    const stats = await stat(dir);
    return stats.isDirectory() ? stats.mtimeMs : undefined;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
