import { join } from 'node:path';
import type { Owner } from '../../src/core/model/job/job.ts';
import type { Liveness } from '../../src/support/process/owner.ts';
import { ownerText } from '../../src/stores/rows/rows.ts';
import { openJobStore, type OpenOptions } from '../../src/stores/sqlite/sqlite-job-store.ts';
import type { QueueFixture } from '../contract/job-store.ts';
import { ownedTempDir } from './temp-dir.ts';
import { TestClock } from './test-clock.ts';

/** A queue in a directory of its own, opened twice, as two processes do. */
export async function sqliteQueue(): Promise<QueueFixture & { readonly file: string }> {
  const dir = await ownedTempDir();
  const file = join(dir.path, '.cab', 'jobs.db');
  const clock = new TestClock();
  const known = new Map<string, Liveness>();
  const options = { clock, isAlive: (owner: Owner) => known.get(ownerText(owner)) ?? true };
  const [first, second] = await Promise.all([openQueue(file, options), openQueue(file, options)]);
  return {
    file,
    first,
    second,
    clock,
    kill: (owner) => known.set(ownerText(owner), false),
    hide: (owner) => known.set(ownerText(owner), 'unknown'),
    close: async () => {
      await Promise.all([first.close(), second.close()]);
      await dir.remove();
    },
  };
}

export async function openQueue(file: string, options: Partial<OpenOptions> = {}) {
  const store = await openJobStore({ file, create: true, ...options });
  if (store === undefined) throw new Error(`no queue at ${file}`);
  return store;
}
