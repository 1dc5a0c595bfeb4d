/** What interrupted work left behind, and inputs that are kept for jobs. */
import { basename, join } from 'node:path';
import { leftTemporary } from '../../../support/files/temporary.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { FsWorkspace } from '../../../stores/local/fs-workspace.ts';
import { liveIn } from '../../publication/live-attempts.ts';
import { errnoOf } from '../../model/errors.ts';
import type { VerifyContext } from './context.ts';
import { readChecked, unmetered } from './check/read-file.ts';

export async function checkLeftovers(verify: VerifyContext): Promise<void> {
  const { scope, layout } = verify.options;
  if (!scope.whole) return;
  verify.progress('looking for leftovers', 0);
  await unlessUnreadable(verify, layout.staging, () => staging(verify));
  await unlessUnreadable(verify, layout.temporary, async () => {
    for (const path of await leftTemporary(layout))
      leftover(verify, path, 'a file that was never finished');
  });
  await unlessUnreadable(verify, layout.inputs, () => keptInputs(verify));
  await unlessUnreadable(verify, layout.quarantine, async () => {
    const kept = evidenceIn(await namesIn(layout.quarantine)).length;
    if (kept > 0) verify.notes.push(`${kept} kept as evidence in ${layout.quarantine}`);
  });
}

/** Without the notes, each of which lies beside what it is about. */
function evidenceIn(names: readonly string[]): string[] {
  const all = new Set(names);
  return names.filter((name) => !name.endsWith('.json') || !all.has(basename(name, '.json')));
}

/** Without a job store nobody says that an attempt runs. */
async function staging(verify: VerifyContext): Promise<void> {
  const { layout } = verify.options;
  const dead =
    verify.store === undefined
      ? await namesIn(layout.staging)
      : await new FsWorkspace(layout, () => undefined).list(liveIn(verify.store));
  for (const name of dead)
    leftover(
      verify,
      join(layout.staging, name),
      'the working directory of an attempt that does not run',
    );
}

/** Named by the digest of their bytes. A job whose input is damaged ends with an error of its own. */
async function keptInputs(verify: VerifyContext): Promise<void> {
  const { layout, quick, pace } = verify.options;
  if (quick) return;
  for (const name of await namesIn(layout.inputs)) {
    const path = join(layout.inputs, name);
    await unlessUnreadable(verify, path, async () => keptInput(verify, path));
    if (pace.isDue) await pace.rest();
  }
}

function keptInput({ findings }: VerifyContext, path: string): void {
  const expected = basename(path, '.json');
  const actual = digestOf(path);
  if (actual === undefined || actual === expected) return;
  findings.add({
    class: 'corrupt',
    path,
    message: 'a kept input does not match the digest in its name',
    expected,
    actual,
  });
}

/** Undefined for one that went in the meantime; empty for what is no regular file. */
function digestOf(path: string): string | undefined {
  try {
    return readChecked(path, true, unmetered).sha256 ?? '';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (errnoOf(error) === 'ELOOP') return '';
    throw error;
  }
}

function leftover({ findings }: VerifyContext, path: string, message: string): void {
  findings.add({ class: 'leftover', path, message, expected: null, actual: null });
}

async function unlessUnreadable(
  { findings }: VerifyContext,
  path: string,
  look: () => Promise<void>,
): Promise<void> {
  try {
    await look();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || !/^E[A-Z]+$/.test(errno)) throw error;
    const message = `cannot be read (${errno})`;
    findings.add({ class: 'unreadable', path, message, expected: null, actual: null });
  }
}
