/** Directories and notes that serve one attempt after the other lie under a name of their own between them. */
import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { currentOwner } from '../process/owner.ts';

/** Where what serves one attempt after the other lies between them; beside `dir`. */
export function idlePlace(dir: string): string {
  const { pid, started } = currentOwner();
  return join(dirname(dir), `idle.${pid}.${started}.${randomUUID()}`);
}

/** False where somebody swept it (where its owner cannot be seen, it is taken for dead), or it cannot be moved. */
export function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    // Whatever it is, a mount say: whoever removes it instead says so.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
