/** What could not be removed or moved, and what its owner can do about it. */
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import type { Logger } from '../logger.ts';

export interface Stuck {
  /** Absolute; for a tree, the first thing in it that stays. */
  readonly path: string;
  /** Such as `EPERM`. */
  readonly errno: string;
}

/** Reports something that stays. Must not throw. */
export type TellStuck = (stuck: Stuck) => void;

export interface StuckExplained {
  /** For example `… cannot be removed (EBUSY): it is mounted`. */
  readonly message: string;
  readonly hint: string;
}

export function explained({ path, errno }: Stuck): StuckExplained {
  const [why, hint] = reasonFor(path, errno);
  return { message: `${path} cannot be removed (${errno})${why}`, hint };
}

/** A process logs each path once, however often it tries again. */
export function toldOnce(logger: Logger): TellStuck {
  const told = new Set<string>();
  return (stuck) => {
    if (told.has(stuck.path) || told.size >= mostTold) return;
    told.add(stuck.path);
    const { message, hint } = explained(stuck);
    logger.warn({ path: stuck.path, errno: stuck.errno, hint }, `${message}; it is left there`);
  };
}

const mostTold = 1000;

function reasonFor(path: string, errno: string): readonly [why: string, hint: string] {
  switch (errno) {
    case 'EBUSY':
      return [': it is mounted', `Unmount it: umount ${path}`];
    case 'EROFS':
      return [': its file system is mounted read-only', `Remove it once that can be written.`];
    case 'ENOTEMPTY':
      return [': a process still writes there', `End that process: fuser -v ${path}`];
    case 'EACCES':
    case 'EPERM':
      return refusedFor(path);
    default:
      return ['', `Remove it yourself: rm -r ${path}`];
  }
}

/** The reason depends on the owner: a file of this user that is still refused is immutable. */
function refusedFor(path: string): readonly [why: string, hint: string] {
  const other = [path, dirname(path)].map(ownerOf).find((uid) => uid !== process.geteuid?.());
  return other === undefined || process.geteuid?.() === 0
    ? [': it is immutable or append-only', `Let it be changed: chattr -R -i -a ${path}`]
    : [`: it belongs to user ${other}`, `Remove it as that user or as root: sudo rm -r ${path}`];
}

function ownerOf(path: string): number | undefined {
  try {
    return lstatSync(path).uid;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return process.geteuid?.();
  }
}
