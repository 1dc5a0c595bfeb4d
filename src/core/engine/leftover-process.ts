import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { errnoOf } from '../errors.ts';
import { terminateTree, type ProcessTree } from './process-tree.ts';

/**
 * `<staging>.pid`, beside the staging directory of an attempt: one JSON object `{pid, started, mark}` naming
 * the processes that work for it. Written before the work starts and removed when it has ended; where the
 * worker was killed it stays, and whoever sweeps the staging directory ends those processes first, lest
 * they write into a directory that is being removed. A torn note is as none: it was written before the start.
 */
export const processNote = (out_root: string): string => `${out_root}.pid`;

export function noteProcess(file: string, tree: ProcessTree): void {
  writeFileSync(file, JSON.stringify(tree));
}

export function forgetProcess(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Ends what the note names, and removes the note. Only for a note whose writer is gone. A pid counts only with its
 * start time, so that a stranger who got the number later is left alone. False where there was no note.
 */
export async function endLeftoverProcess(file: string, graceMs?: number): Promise<boolean> {
  const tree = readNote(file);
  if (tree === undefined) return false;
  if (tree !== null) await terminateTree(tree, graceMs);
  forgetProcess(file);
  return true;
}

const noteSchema = z.object({
  pid: z.nullable(z.int()),
  started: z.nullable(z.string()),
  mark: z.string().check(z.minLength(1)),
});

/** Undefined for no file, null for one that says nothing. */
function readNote(file: string): ProcessTree | null | undefined {
  let note: unknown;
  try {
    note = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const parsed = noteSchema.safeParse(note);
  if (!parsed.success) return null;
  const { pid, started, mark } = parsed.data;
  return { pid: started === null ? null : pid, started, mark };
}
