/** A server of PostgreSQL for tests: the one that CAB_TEST_POSTGRES names, or that test/servers/postgres.sh starts. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import * as z from 'zod/mini';
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
export const hasPostgres = await answers(server);

/** A second one, of another version: `.ci/run` starts it. */
const other = process.env['CAB_TEST_POSTGRES_2'] ?? 'postgres://postgres@127.0.0.1:54339/postgres';

/** All that answer, by their versions. */
export const servers: readonly { readonly version: string; readonly url: string }[] = [
  ...(hasPostgres ? [await versioned(server)] : []),
  ...((await answers(other)) ? [await versioned(other)] : []),
];

async function answers(url: string): Promise<boolean> {
  try {
    await asked('SELECT 1', url);
    return true;
  } catch {
    return false;
  }
}

async function versioned(url: string): Promise<{ version: string; url: string }> {
  const [row] = await asked(`SELECT split_part(version(), ' ', 2) AS version`, url);
  return { url, version: z.object({ version: z.string() }).parse(row).version };
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
export function freshQueue(at = server): FreshQueue {
  const schema = `test_${randomBytes(8).toString('hex')}`;
  return {
    url: `${at}?schema=${schema}`,
    schema,
    remove: async () => {
      await asked(`DROP SCHEMA IF EXISTS ${schema} CASCADE`, at);
    },
  };
}

export async function openQueue(url: string, options: Partial<OpenOptions> = {}) {
  const store = await openPostgresJobStore({ url, create: true, ...options });
  if (store === undefined) throw new Error(`no queue at ${url}`);
  return store;
}

/** A queue of its own, opened twice, as two processes do. */
export async function postgresQueue(at: string): Promise<QueueFixture> {
  const queue = freshQueue(at);
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
