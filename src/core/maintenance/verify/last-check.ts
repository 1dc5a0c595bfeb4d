/** What the last check found, left in the root for the figures of its daemon. May be lost without harm. */
import { readRegular } from '../../../support/files/read-regular.ts';
import { replaceFile } from '../../../support/files/temporary.ts';
import type { Layout } from '../../../stores/local/layout.ts';
import { errnoOf } from '../../model/errors.ts';
import { lastCheckSchema, type LastCheck } from '../../model/last-check.ts';

/** Who may look at a root and not write to it leaves nothing there. */
export async function keepLastCheck(layout: Layout, last: LastCheck): Promise<void> {
  try {
    await replaceFile(layout, layout.lastCheck, `${JSON.stringify(last)}\n`);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Undefined where there was none, or what it left cannot be read. */
export async function readLastCheck(layout: Layout): Promise<LastCheck | undefined> {
  try {
    const text = (await readRegular(layout.lastCheck)).toString('utf8');
    return lastCheckSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
