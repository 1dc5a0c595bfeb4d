/** Names for directories and notes that serve one attempt after the other, while they are between two attempts. */
import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { currentOwner } from '../process/owner.ts';

/** A new name beside `dir`. */
export const idlePlace = (dir: string): string => join(dirname(dir), ownName('idle'));

/** A new name, of which every process can tell whether the one that made it is gone. */
export function ownName(kind: 'idle' | 'arriving'): string {
  const { pid, started } = currentOwner();
  return `${kind}.${pid}.${started}.${randomUUID()}`;
}

/** False if somebody swept it (an owner that cannot be seen counts as dead), or if it cannot be moved. */
export function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    // Any reason is fine, for example a mount: the caller removes it instead, and reports that.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
