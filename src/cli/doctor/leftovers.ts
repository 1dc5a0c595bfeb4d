/** What nobody needs any more and nobody could remove: it takes up room, and says that somebody must look. */
import { accessSync, constants, lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { layoutOf, type Layout } from '../../stores/local/layout.ts';
import { namesIn } from '../../support/files/names-in.ts';
import { mountsBelow, removeTree } from '../../support/files/remove-tree.ts';
import { isAbandoned } from '../../stores/local/staging.ts';
import { explained, type Stuck } from '../../support/files/stuck.ts';
import { leftTemporary } from '../../support/files/temporary.ts';
import { liveIn } from '../../core/publication/live-attempts.ts';
import { FsWorkspace } from '../../stores/local/fs-workspace.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { openJobStore } from '../../stores/sqlite/sqlite-job-store.ts';
import { fixed, ok, warning, type Check, type Result, type Subject } from './check.ts';
import { ifThere } from './root-there.ts';

export const leftoverChecks: readonly Check[] = [{ name: 'leftovers', look: ifThere(leftovers) }];

async function leftovers({ options: { root }, fix }: Subject): Promise<Result> {
  const left = await leftIn(layoutOf(root));
  const stuck: Stuck[] = [];
  for (const path of left) {
    const found = fix ? await removeTree(path) : lookAt(path);
    if (found !== undefined) stuck.push(found);
  }
  const [first] = stuck;
  if (first !== undefined) return told(first, stuck.length);
  if (left.length === 0) return ok('none');
  return fix
    ? fixed(`${left.length} removed`)
    : ok(`${left.length} of work that was cut short; the next command that runs jobs removes them`);
}

function told(first: Stuck, count: number): Result {
  const { message, hint } = explained(first);
  return warning(`${message}${count > 1 ? `; ${count - 1} more cannot be either` : ''}`, hint);
}

/** Paths. */
async function leftIn(layout: Layout): Promise<string[]> {
  const abandoned = (await namesIn(layout.staging)).filter(isAbandoned);
  const doomed = (await namesIn(layout.trash)).filter((name) => name.startsWith('deleting-'));
  return [
    ...[...(await deadIn(layout)), ...abandoned].map((name) => join(layout.staging, name)),
    ...(await leftTemporary(layout)),
    ...doomed.map((name) => join(layout.trash, name)),
  ];
}

/** None where the job store cannot be read, which is a finding of its own. */
async function deadIn(layout: Layout): Promise<string[]> {
  try {
    const store = await openJobStore({ file: layout.jobs, create: false, look: true });
    if (store === undefined) return await namesIn(layout.staging);
    try {
      return [...(await new FsWorkspace(layout, () => undefined).list(liveIn(store)))];
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return [];
  }
}

/** What would keep it from being removed; removes nothing. Undefined if nothing would. */
function lookAt(path: string, mounts = mountsBelow(path)): Stuck | undefined {
  if (mounts.has(path)) return { path, errno: 'EBUSY' };
  try {
    const stats = lstatSync(path);
    return refusalOf(path, stats) ?? (stats.isDirectory() ? lookIn(path, mounts) : undefined);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno === 'ENOENT' ? undefined : { path, errno };
  }
}

function lookIn(dir: string, mounts: ReadonlySet<string>): Stuck | undefined {
  for (const name of readdirSync(dir)) {
    const stuck = lookAt(join(dir, name), mounts);
    if (stuck !== undefined) return stuck;
  }
  return undefined;
}

/** One's own directory can be opened. What is immutable refuses to be written before anyone asks whose it is. */
function refusalOf(path: string, stats: Stats): Stuck | undefined {
  if (stats.isSymbolicLink()) return undefined;
  const isOwn = process.geteuid?.() === 0 || stats.uid === process.geteuid?.();
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const isNoObstacle = errno === 'EACCES' && (isOwn || !stats.isDirectory());
    return isNoObstacle ? undefined : { path, errno };
  }
}
