import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { join } from 'node:path';
import type { Database } from '../../../src/stores/sqlite/database/database.ts';
import type { Places, Values } from '../../../src/stores/sqlite/database/database.ts';
import { openQueueFile } from '../../../src/stores/sqlite/file/queue-file.ts';
import { SqliteJobStore } from '../../../src/stores/sqlite/sqlite-job-store.ts';
import { failure, keyOf, newJob, owner, progress, resultOf, scopeOf } from '../../helpers/jobs.ts';
import { ownedTempDir, type TempDir } from '../../helpers/temp-dir.ts';
import { TestClock } from '../../helpers/test-clock.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await ownedTempDir();
});
afterEach(() => dir.remove());

/** Every statement that the store runs, as it runs it. */
async function statementsOfEverything(file: string): Promise<Map<string, Values | Places>> {
  const database = await openQueueFile(file, { create: true });
  if (database === undefined) throw new Error('no queue was made');
  const seen = new Map<string, Values | Places>();
  const dead = owner(9);
  const clock = new TestClock();
  const store = new SqliteJobStore({
    db: recording(database, seen),
    place: file,
    clock,
    isAlive: ({ pid }) => pid !== dead.pid,
  });
  const own = scopeOf(owner(1), { reach: 'adopt' });
  await store.submit(['a', 'b', 'c', 'd'].map((name) => newJob(name, { submitter: dead })));
  await store.submit([newJob('e', { hit: resultOf('e') })]);
  const [a, b] = await store.claim(own, 2);
  if (a === undefined || b === undefined) throw new Error('nothing was claimed');
  await store.settle(a, { state: 'retry', failure, delay_ms: 500 });
  await store.nextDue(own);
  await store.nextDue(scopeOf(owner(1)));
  await store.heartbeat(b, 1_000);
  await store.record(b.id, progress(0));
  await store.settle(b, { state: 'done', result: resultOf('b'), cached: false });
  await store.claim(scopeOf(dead), 2);
  await store.reap();
  for (const { id } of await store.list({ limit: 5, states: ['pending', 'error'] }))
    await store.cancel(id);
  await store.nextDue(own);
  await store.list({ limit: 5, track_id: 'a.mp3' });
  await store.list({ limit: 5 });
  for (const within of [{}, { from: a.id, before: b.id }]) {
    await store.outlines({ limit: 5, ...within });
    await store.outlines({ limit: 5, track_id: 'a.mp3', ...within });
    await store.outlines({ limit: 5, states: ['done', 'error'], ...within });
  }
  await store.get(a.id);
  await store.counts();
  await store.history('b.mp3', 5);
  await store.events(0, 5);
  await store.events(0, 5, a.id);
  await store.remember(keyOf('a'), keyOf('b'));
  await store.remember(keyOf('a'), keyOf('a'));
  await store.rememberDigests([{ path: '/p', fingerprint: 'f', digest: 'd' }]);
  await store.digests([{ path: '/p', fingerprint: 'f' }]);
  await store.lastEvent();
  const { upTo } = await store.reliances();
  await store.condemn([{ entry: keyOf('a') }], upTo);
  await store.isCondemned({ entry: keyOf('a') });
  await store.release([{ entry: keyOf('a') }]);
  await store.moment();
  const rule = { keep: 1, before: '2', settled: '2', dryRun: true };
  await store.trim(rule, { after: '0', dropped: 0 });
  await store.close();
  return seen;
}

function recording(database: Database, seen: Map<string, Values | Places>): Database {
  const methods = new Set<PropertyKey>(['get', 'all', 'run', 'iterate', 'value']);
  return new Proxy(database, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const [sql, values = {}] = args;
        if (methods.has(name)) seen.set(String(sql), values as Values | Places);
        return Reflect.apply(member, target, args);
      };
    },
  });
}

it('never reads through a table that grows with the jobs that have ended', async () => {
  const file = join(dir.path, 'jobs.db');
  const statements = await statementsOfEverything(file);
  const database = new Sqlite(file);
  const plans = [...statements].map(([sql, values]) => {
    const rows = database
      .prepare<[Values | Places], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(values);
    return { sql, plan: rows.map(({ detail }) => detail) };
  });
  database.close();
  expect(plans.length).toBeGreaterThan(30);

  // An index of pending or running jobs alone may be walked, `counts` has five rows, and `ended` is limited.
  const small =
    /^SCAN (CONSTANT ROW|counts|sqlite_sequence|ended|\(subquery-\d+\)|json_each.*|jobs USING (COVERING )?INDEX jobs_(ready|ready_by_submitter|delayed|running))$/;
  // What follows goes by `seq`, newest first or oldest first, to its LIMIT: no more rows than are asked for.
  const wrong = plans.filter(({ plan }) =>
    plan.some((step) => (step.startsWith('SCAN') && !small.test(step)) || sorts(step, plan)),
  );
  expect(wrong).toEqual([]);
});

/** A sort reads all before it gives the first; harmless where all are pending or running, or were limited before. */
const sorts = (step: string, plan: readonly string[]): boolean =>
  step.includes('TEMP B-TREE') &&
  !plan.some((other) => /INDEX jobs_(running|delayed)|CO-ROUTINE/.test(other));

it('prepares no statement anew for the value of its limit', async () => {
  const statements = await statementsOfEverything(join(dir.path, 'jobs.db'));
  const limited = [...statements.keys()].filter((sql) => /LIMIT \+/.test(sql));
  expect(limited).not.toEqual([]);
  expect([...statements.keys()].filter((sql) => /LIMIT\s+[@?:$]/.test(sql))).toEqual([]);
});
