/** A server of PostgreSQL for tests: the one that CAB_TEST_POSTGRES names, or that test/servers/postgres.sh starts. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Owner } from '../../src/core/model/job/job.ts';
import { ownerText } from '../../src/stores/rows/rows.ts';
import {
  openPostgresJobStore,
  type OpenOptions,
} from '../../src/stores/postgres/open-job-store.ts';
import type { Liveness } from '../../src/support/process/owner.ts';
import type { QueueFixture } from '../contract/job-store.ts';
import { TestClock } from './test-clock.ts';

export const server =
  process.env['CAB_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:54329/postgres';

/** Tests of a queue in PostgreSQL are skipped where no server answers. */
export const hasPostgres = await answers();

async function answers(): Promise<boolean> {
  try {
    await asked('SELECT 1');
    return true;
  } catch {
    return false;
  }
}

/** Runs one statement beside cab. */
export async function asked(sql: string, url = server): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export interface FreshQueue {
  readonly url: string;
  readonly schema: string;
  remove(): Promise<void>;
}

/** A schema of its own; its tables are made by the first who opens it. */
export function freshQueue(): FreshQueue {
  const schema = `test_${randomBytes(8).toString('hex')}`;
  return {
    url: `${server}?schema=${schema}`,
    schema,
    remove: async () => {
      await asked(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    },
  };
}

export async function openQueue(url: string, options: Partial<OpenOptions> = {}) {
  const store = await openPostgresJobStore({ url, create: true, ...options });
  if (store === undefined) throw new Error(`no queue at ${url}`);
  return store;
}

/** A queue of its own, opened twice, as two processes do. */
export async function postgresQueue(): Promise<QueueFixture> {
  const queue = freshQueue();
  const clock = new TestClock();
  const known = new Map<string, Liveness>();
  const options = { clock, isAlive: (owner: Owner) => known.get(ownerText(owner)) ?? true };
  const [first, second] = await Promise.all([
    openQueue(queue.url, options),
    openQueue(queue.url, options),
  ]);
  return {
    ...{ first, second, clock },
    kill: (owner) => known.set(ownerText(owner), false),
    hide: (owner) => known.set(ownerText(owner), 'unknown'),
    close: async () => {
      await Promise.all([first.close(), second.close()]);
      await queue.remove();
    },
  };
}
