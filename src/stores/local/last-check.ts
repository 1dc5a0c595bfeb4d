/**
 * Keeps what the last check of the whole root found, in a file that the root's daemon reads for its metrics. The file
 * may be lost without harm.
 */
import { existsSync } from 'node:fs';
import { readRegular } from '../../support/files/read-regular.ts';
import { replaceFile } from '../../support/files/temporary.ts';
import type { Layout } from './layout.ts';
import { errnoOf } from '../../core/model/errors.ts';
import { lastCheckSchema, type LastCheck } from '../../core/model/last-check.ts';

/** Writes nothing to a tree that cab never worked in, nor to a tree that this process may not write. */
export async function keepLastCheck(layout: Layout, last: LastCheck): Promise<void> {
  if (!existsSync(layout.private)) return;
  try {
    await replaceFile(layout, layout.lastCheck, `${JSON.stringify(last)}\n`);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Undefined if there was no check, or its file cannot be read. */
export async function readLastCheck(layout: Layout): Promise<LastCheck | undefined> {
  try {
    const text = (await readRegular(layout.lastCheck)).toString('utf8');
    return lastCheckSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
