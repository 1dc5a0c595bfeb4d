/**
 * Removes files and directories that are no longer needed. One that cannot be removed (a mount, an immutable file, a file of
 * another user) stays, and is reported: it must not fail a job or stop a sweep.
 */
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { errnoOf } from '../../core/model/errors.ts';
import type { Stuck } from './stuck.ts';

/** How long removal may run before it gives way, in milliseconds. */
const stretchMs = 4;

/** Removes the file or directory, if it is there. Gives way to the event loop; never rejects because of what stays. */
export async function removeTree(path: string): Promise<Stuck | undefined> {
  const steps = removing(path);
  let since = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < stretchMs) continue;
    await turn();
    since = performance.now();
  }
}

/** As `removeTree`, in one step per file; returns what stayed. Follows no link and enters no mount. */
export function* removing(
  path: string,
  removed: () => void = () => undefined,
): Generator<string, Stuck | undefined> {
  const stats = seen(path);
  if (stats === undefined) return undefined;
  if (!('isDirectory' in stats)) return stats;
  if (!stats.isDirectory()) {
    const stuck = attempted(path, unlinkSync);
    if (stuck === undefined) removed();
    yield path;
    return stuck;
  }
  const stuck = yield* emptying(path, mountsBelow(path), removed);
  return stuck ?? attempted(path, rmdirSync);
}

/** Leaves the directory itself. */
function* emptying(
  dir: string,
  mounts: ReadonlySet<string>,
  removed: () => void,
): Generator<string, Stuck | undefined> {
  // A mounted tree belongs to somebody else and must not be emptied.
  if (mounts.has(dir)) return { path: dir, errno: 'EBUSY' };
  const items = contentsOf(dir);
  if (!Array.isArray(items)) return items;
  let first: Stuck | undefined;
  for (const item of items) {
    const path = join(dir, item.name);
    const inner = item.isDirectory() ? yield* emptying(path, mounts, removed) : undefined;
    const stuck = inner ?? attempted(path, item.isDirectory() ? rmdirSync : unlinkSync, dir);
    if (stuck === undefined && !item.isDirectory()) removed();
    first ??= stuck;
    yield path;
  }
  return first;
}

function seen(path: string): Stats | Stuck | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return stuckAt(path, error);
  }
}

function contentsOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (!refusals.has(errnoOf(error) ?? '') || !opened(path)) return stuckAt(path, error);
  }
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    return stuckAt(path, error);
  }
}

/** If the removal is refused, makes the parent `dir` writable for its owner and tries again. `dir` is removed as well. */
function attempted(path: string, remove: (path: string) => void, dir?: string): Stuck | undefined {
  try {
    remove(path);
    return undefined;
  } catch (error) {
    const isRefused = refusals.has(errnoOf(error) ?? '');
    if (dir === undefined || !isRefused || !opened(dir)) return stuckAt(path, error);
  }
  return attempted(path, remove);
}

const refusals: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/** False if the directory belongs to another user or is immutable. */
function opened(dir: string): boolean {
  try {
    chmodSync(dir, 0o700);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** Undefined if it disappeared meanwhile. */
function stuckAt(path: string, error: unknown): Stuck | undefined {
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return errno === 'ENOENT' ? undefined : { path, errno };
}

/**
 * Mount points in a directory, and the directory itself if it is one. A bind mount of the same file system shows in no other
 * way: `stat` gives it the device of what it covers. Empty if the system does not tell.
 */
export function mountsBelow(dir: string): ReadonlySet<string> {
  const points = mountPoints().filter((point) => point === dir || point.startsWith(`${dir}/`));
  return new Set(points);
}

function mountPoints(): string[] {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => (line.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, octal));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

/** Decodes spaces, tabs, line breaks and backslashes of a name, see proc_pid_mountinfo(5). */
const octal = (_: string, digits: string): string => String.fromCharCode(parseInt(digits, 8));
