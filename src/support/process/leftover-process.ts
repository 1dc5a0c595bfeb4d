import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { idlePlace, moved } from '../files/idle-place.ts';
import { errnoOf } from '../../core/model/errors.ts';
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

/** A note that cannot be removed is told by the sweep, and names nothing that runs. */
export function forgetProcess(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/**
 * The note of a worker that serves many attempts, one after the other: one file, which is renamed from attempt to
 * attempt (why, stands in stores/local/staging.ts) and says nothing between them.
 */
export class TravelingNote {
  #idle: string | undefined;

  /** Names `tree` as working for the attempt with this `out_root`. */
  goTo(out_root: string, tree: ProcessTree): void {
    if (this.#idle === undefined || !moved(this.#idle, processNote(out_root)))
      noteProcess(processNote(out_root), tree);
    this.#idle = undefined;
  }

  leave(out_root: string): void {
    const idle = idlePlace(out_root);
    if (moved(processNote(out_root), idle)) this.#idle = idle;
  }

  remove(): void {
    if (this.#idle !== undefined) forgetProcess(this.#idle);
    this.#idle = undefined;
  }
}

/**
 * Ends what the note names, and removes the note. Only for a note whose writer is gone. A pid counts only with its
 * start time, so that a stranger who got the number later is left alone. False where there was no note.
 */
export async function endLeftoverProcess(file: string, graceMs?: number): Promise<boolean> {
  const tree = readNote(file);
  if (tree === undefined) return false;
  if (tree !== null) await terminateTree(tree, graceMs === undefined ? {} : { graceMs });
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
    // Another user's, or a directory: it tells as little as a torn one.
    if (error instanceof SyntaxError || errnoOf(error) !== undefined) return null;
    throw error;
  }
  const parsed = noteSchema.safeParse(note);
  if (!parsed.success) return null;
  const { pid, started, mark } = parsed.data;
  return { pid: started === null ? null : pid, started, mark };
}
