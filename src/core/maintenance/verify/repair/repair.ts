/**
 * Repairs what was found while other processes use the root. Entries move to quarantine whole and are published as usual,
 * pointers are replaced whole, and only leftovers are deleted. Entries come first: whether a pointer is right depends on the
 * entries that are left.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { explained, type StuckExplained } from '../../../../support/files/stuck.ts';
import { CabError, errnoOf } from '../../../model/errors.ts';
import type { EntryKey } from '../../../model/key.ts';
import { formatKey, sameKey } from '../../../model/key.ts';
import type { VerifyContext } from '../context.ts';
import type { OpenFinding } from '../findings.ts';
import { checkPointers } from '../pointers.ts';
import { repairEntry } from './repair-entry.ts';
import { PointerRepair } from './repair-pointer.ts';

export async function repair(verify: VerifyContext, version: string): Promise<void> {
  await repairEntries(verify, version);
  await repairPointers(verify);
  await clearLeftovers(verify);
}

async function repairEntries(verify: VerifyContext, version: string): Promise<void> {
  for (const [key, findings] of damagedEntries(verify.findings.listed)) {
    const place = verify.options.root.repair.where(key);
    const done = await unlessRefused(verify, place, () => repairEntry(key, verify, version));
    if (done === undefined) continue;
    for (const finding of findings) finding.repaired = done.told;
    if (done.isLost) verify.lost.push(key);
    verify.progress('mending entries', verify.lost.length);
  }
}

function damagedEntries(findings: readonly OpenFinding[]): [EntryKey, OpenFinding[]][] {
  const found = new Map<string, [EntryKey, OpenFinding[]]>();
  for (const finding of findings) {
    const { key, path } = finding;
    if (key === null || path.startsWith(pointerPrefix)) continue;
    if (finding.class !== 'corrupt' && finding.class !== 'missing') continue;
    const [, together] = found.get(formatKey(key)) ?? [key, []];
    found.set(formatKey(key), [key, [...together, finding]]);
  }
  return [...found.values()];
}

/** Repairs pointers that were found before, and those that lead to entries just moved to quarantine. */
async function repairPointers(verify: VerifyContext): Promise<void> {
  if (verify.lost.length > 0) {
    // Readers that found such an entry a moment ago have finished by then.
    await delay(settleMs);
    await checkPointers(verify);
  }
  const pointers = new PointerRepair(verify);
  for (const finding of verify.findings.listed) {
    const [track_id] = finding.tracks;
    if (!finding.path.startsWith(pointerPrefix) || track_id === undefined) continue;
    if (finding.repaired !== null || !pointerClasses.has(finding.class)) continue;
    const file = finding.path.slice(pointerPrefix.length);
    const place = verify.options.root.pointerFiles.where(file);
    const mended = await unlessRefused(verify, place, () => pointers.mend(track_id, file));
    if (mended === undefined) continue;
    const { told, isLost } = mended;
    finding.repaired = told;
    if (isLost && finding.key !== null) lose(verify, finding.key);
  }
  for (const { track_id } of verify.outdated) await pointers.refresh(track_id);
  if (verify.outdated.length > 0)
    verify.notes.push(`${verify.outdated.length} pointers were written as their entries have them`);
}

/** Records an entry that is gone, once for all its tracks. */
function lose({ lost }: VerifyContext, key: EntryKey): void {
  if (!lost.some((other) => sameKey(key, other))) lost.push(key);
}

/** How reports begin the place of a pointer. */
const pointerPrefix = 'echo/index/';
const settleMs = 20;
const pointerClasses: ReadonlySet<string> = new Set(['corrupt', 'missing', 'dangling_pointer']);

async function clearLeftovers(verify: VerifyContext): Promise<void> {
  const left = verify.findings.listed.filter((finding) => finding.class === 'leftover');
  if (left.length === 0 || verify.store === undefined) return;
  const { leftovers } = verify.options.root;
  await leftovers.sweep(verify.store, (stays) => noteStays(verify, stays));
  for (const finding of left)
    if (!(await leftovers.isThere(finding.path))) finding.repaired = 'cleared away';
}

/** If the system refuses to move something, that is noted, and the repair goes on with the rest. */
async function unlessRefused<T>(
  verify: VerifyContext,
  path: string,
  mend: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await mend();
  } catch (error) {
    const errno = errnoOf(error instanceof CabError ? error.cause : error);
    if (errno === undefined || !lasting.has(errno)) throw error;
    noteStays(verify, explained({ path, errno }));
    return undefined;
  }
}

const lasting: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EBUSY', 'ENOTEMPTY', 'EXDEV']);

function noteStays({ notes }: VerifyContext, { message, hint }: StuckExplained): void {
  notes.push(`${message}. ${hint}`);
}
