import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { idlePlace, moved } from '../files/idle-place.ts';
import { errnoOf } from '../../core/model/errors.ts';
import { terminateTree, type ProcessTree } from './process-tree.ts';

/**
 * `<staging>.pid`, beside the staging directory of an attempt: one JSON object `{pid, started, mark}` that names the processes
 * of the attempt. It is written before they start and removed after they have ended. If the worker was killed, the note stays.
 * Then a sweep of the staging directory ends those processes first, so that they do not write into a directory that is being
 * removed. A torn note counts as none: its processes were never started.
 */
export const processNote = (out_root: string): string => `${out_root}.pid`;

export function noteProcess(file: string, tree: ProcessTree): void {
  writeFileSync(file, JSON.stringify(tree));
}

/** If the note cannot be removed, a sweep reports it. It names no running process. */
export function forgetProcess(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/**
 * The note of a worker that serves many attempts, one after the other. It is one file that is renamed from attempt to attempt
 * (stores/local/staging.ts explains why). Between attempts it has no effect.
 */
export class TravelingNote {
  #idle: string | undefined;

  /** Says that `tree` works for the attempt with this `out_root`. */
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
 * Ends the processes that the note names, and removes the note. Only for a note whose writer is gone. A pid counts only with
 * its start time, so that another process with a reused pid is left alone. False if there was no note.
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

/** Undefined if there is no file, null if it cannot be used. */
function readNote(file: string): ProcessTree | null | undefined {
  let note: unknown;
  try {
    note = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    // A file of another user, or a directory. It counts as a torn note.
    if (error instanceof SyntaxError || errnoOf(error) !== undefined) return null;
    throw error;
  }
  const parsed = noteSchema.safeParse(note);
  if (!parsed.success) return null;
  const { pid, started, mark } = parsed.data;
  return { pid: started === null ? null : pid, started, mark };
}
