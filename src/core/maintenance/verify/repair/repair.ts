/**
 * Mends what was found, beside whatever works on the root: entries are taken aside by one rename and published as
 * any other, pointers are replaced by one, and nothing is deleted but leftovers. In this order, for a pointer is judged
 * by the entries that are left.
 */
import { lstatSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { FsEntryStore } from '../../../../stores/local/fs-entry-store.ts';
import { explained, type Stuck } from '../../../../support/files/stuck.ts';
import { FsWorkspace } from '../../../../stores/local/fs-workspace.ts';
import { liveIn } from '../../../publication/live-attempts.ts';
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
  const { layout } = verify.options;
  const entries = new FsEntryStore(layout, verify.options);
  for (const [key, findings] of damagedEntries(verify.findings.listed)) {
    const done = await unlessRefused(verify, layout.entry(key), () =>
      repairEntry(key, verify, entries, version),
    );
    if (done === undefined) continue;
    for (const finding of findings) finding.repaired = done.told;
    if (done.isLost) verify.lost.push(key);
    verify.progress('mending entries', verify.lost.length);
  }
  await entries.close();
}

function damagedEntries(findings: readonly OpenFinding[]): [EntryKey, OpenFinding[]][] {
  const found = new Map<string, [EntryKey, OpenFinding[]]>();
  for (const finding of findings) {
    const { key, path } = finding;
    if (key === null || path.startsWith('echo/index/')) continue;
    if (finding.class !== 'corrupt' && finding.class !== 'missing') continue;
    const [, together] = found.get(formatKey(key)) ?? [key, []];
    found.set(formatKey(key), [key, [...together, finding]]);
  }
  return [...found.values()];
}

/** Those found before, and those that lead to what was taken aside just now. */
async function repairPointers(verify: VerifyContext): Promise<void> {
  if (verify.lost.length > 0) {
    // Readers that found the entry a moment ago are done with it, and their pointers with them.
    await delay(settleMs);
    await checkPointers(verify);
  }
  const pointers = new PointerRepair(verify);
  for (const finding of verify.findings.listed) {
    const [track_id] = finding.tracks;
    if (!finding.path.startsWith('echo/index/') || track_id === undefined) continue;
    if (finding.repaired !== null || !pointerClasses.has(finding.class)) continue;
    const file = join(verify.options.layout.root, finding.path);
    const mended = await unlessRefused(verify, file, () => pointers.mend(track_id, file));
    if (mended === undefined) continue;
    const { told, isLost } = mended;
    finding.repaired = told;
    if (isLost && finding.key !== null) lose(verify, finding.key);
  }
  for (const { track_id } of verify.outdated) await pointers.refresh(track_id);
  if (verify.outdated.length > 0)
    verify.notes.push(`${verify.outdated.length} pointers were written as their entries have them`);
}

/** An entry that is gone, once for all tracks that it had. */
function lose({ lost }: VerifyContext, key: EntryKey): void {
  if (!lost.some((other) => sameKey(key, other))) lost.push(key);
}

const settleMs = 20;
const pointerClasses: ReadonlySet<string> = new Set(['corrupt', 'missing', 'dangling_pointer']);

async function clearLeftovers(verify: VerifyContext): Promise<void> {
  const left = verify.findings.listed.filter((finding) => finding.class === 'leftover');
  if (left.length === 0 || verify.store === undefined) return;
  const { layout } = verify.options;
  const tellStuck = (stuck: Stuck): void => noteStuck(verify, stuck);
  await new FsWorkspace(layout, tellStuck).sweep(liveIn(verify.store));
  for (const finding of left)
    if (!isThere(join(layout.root, finding.path))) finding.repaired = 'cleared away';
}

/** One thing that the system lets nobody move keeps no other from being mended: what it is, is noted. */
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
    noteStuck(verify, { path, errno });
    return undefined;
  }
}

const lasting: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EBUSY', 'ENOTEMPTY', 'EXDEV']);

function noteStuck({ notes }: VerifyContext, stuck: Stuck): void {
  const { message, hint } = explained(stuck);
  notes.push(`${message}. ${hint}`);
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
