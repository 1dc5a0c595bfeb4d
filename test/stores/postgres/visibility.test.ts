import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import { lockOf } from '../../../src/stores/postgres/database/locks.ts';
import { newJob, progress } from '../../helpers/jobs.ts';
import { freshQueue, hasPostgres, openQueue, server } from '../../helpers/postgres.ts';

describe.skipIf(!hasPostgres)('beside a transaction that takes its time', () => {
  const queue = freshQueue();
  let store: JobStore;
  let slow: pg.Client;

  /** As a transaction of cab begins. */
  const begin = async (): Promise<void> => {
    await slow.query('BEGIN');
    await slow.query(`SELECT pg_advisory_xact_lock_shared(${lockOf(queue.schema, 'gate')})`);
  };

  beforeEach(async () => {
    store = await openQueue(queue.url);
    slow = new pg.Client({ connectionString: server, options: `-c search_path=${queue.schema}` });
    await slow.connect();
  });
  afterEach(async () => {
    await slow.end();
    await store.close();
    await queue.remove();
  });

  it('holds later events back until the earlier one is there, or will never be', async () => {
    const [job] = await store.submit([newJob('a')]);
    const id = job?.id ?? '';
    const [first] = await store.events(0, 9);
    const after = first?.seq ?? 0;
    for (const end of ['COMMIT', 'ROLLBACK']) {
      const seen = await store.lastEvent();
      await begin();
      await slow.query(`INSERT INTO events (job, at, type, attempt, data)
        SELECT seq, 'then', 'progress', 1, '{"fraction":0.25,"message":null}' FROM jobs`);
      await store.record(id, progress(0.5));
      expect(await store.events(seen, 9)).toEqual([]);
      expect(await store.lastEvent()).toBe(seen);
      await slow.query(end);
      const fractions = (await store.events(seen, 9)).map(({ data }) => data);
      expect(fractions).toMatchObject(
        end === 'COMMIT' ? [{ fraction: 0.25 }, { fraction: 0.5 }] : [{ fraction: 0.5 }],
      );
    }
    expect(await store.events(after, 9)).toHaveLength(3);
  });

  it('waits with a condemnation for submissions that are on their way', async () => {
    await begin();
    const condemned = store.reliances();
    const first = await Promise.race([condemned, pause('waits')]);
    expect(first).toBe('waits');
    await slow.query('COMMIT');
    expect(await condemned).toMatchObject({ of: [] });
  });

  const pause = (what: string): Promise<string> =>
    new Promise((resolve) => setTimeout(() => resolve(what), 200));
});
