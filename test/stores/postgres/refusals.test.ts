import { afterEach, describe, expect, it } from 'vitest';
import { migrations } from '../../../src/stores/postgres/database/schema.ts';
import { openPostgresJobStore } from '../../../src/stores/postgres/open-job-store.ts';
import { probeQueue } from '../../../src/stores/postgres/probe-queue.ts';
import { newJob } from '../../helpers/jobs.ts';
import { asked, freshQueue, hasPostgres, openQueue, server } from '../../helpers/postgres.ts';

const refusal = (url: string) =>
  openPostgresJobStore({ url, create: true }).then(
    async (store) => {
      await store?.close();
      return undefined;
    },
    (error: unknown) => error,
  );

const at = (change: (url: URL) => void): string => {
  const url = new URL(server);
  change(url);
  return url.href;
};

describe.skipIf(!hasPostgres)('a server that cannot be used', () => {
  const queue = freshQueue();
  afterEach(() => queue.remove());

  it('is told by what is wrong: nobody there, no database, no TLS', async () => {
    const nobody = await refusal(at((url) => (url.port = '1')));
    expect(nobody).toMatchObject({ code: 'queue_unreachable' });
    const none = await refusal(at((url) => (url.pathname = '/none')));
    expect(none).toMatchObject({
      code: 'queue_refused',
      message: expect.stringContaining('no such database') as string,
    });
    const plain = await refusal(at((url) => url.searchParams.set('sslmode', 'verify-full')));
    expect(plain).toMatchObject({
      code: 'queue_refused',
      hint: expect.stringContaining('sslmode') as string,
    });
  });

  it('is told of its user: one whose password is wrong, and one who may not make the tables', async () => {
    const role = `role_${queue.schema}`;
    await asked(`CREATE ROLE ${role} LOGIN`);
    try {
      const as = (url: URL): void => {
        url.username = role;
        url.password = 'told-to-nobody';
        url.searchParams.set('schema', queue.schema);
      };
      const error = await refusal(at(as));
      expect(error).toMatchObject({ code: 'queue_refused' });
      expect(String(error)).not.toContain('told-to-nobody');
    } finally {
      await asked(`DROP ROLE ${role}`);
    }
  });

  it('takes a user who owns the schema, and may create none', async () => {
    const role = `role_${queue.schema}`;
    await asked(`CREATE ROLE ${role} LOGIN`);
    await asked(`CREATE SCHEMA ${queue.schema} AUTHORIZATION ${role}`);
    const url = at((one) => {
      one.username = role;
      one.searchParams.set('schema', queue.schema);
    });
    expect(await probeQueue(url)).toMatchObject({ isMade: false });
    const store = await openQueue(url);
    expect(await store.submit([newJob('a')])).toHaveLength(1);
    await store.close();
    await queue.remove();
    await asked(`DROP ROLE ${role}`);
  });

  it('is told before the first job, and by the tables that are gone', async () => {
    expect(await probeQueue(queue.url)).toMatchObject({ isMade: false });
    const store = await openQueue(queue.url);
    expect(await probeQueue(queue.url)).toMatchObject({ isMade: true });
    await asked(`DROP TABLE ${queue.schema}.jobs CASCADE`);
    await expect(store.counts()).resolves.toBeDefined();
    await expect(store.list({ limit: 1 })).rejects.toMatchObject({ code: 'queue_unreadable' });
    await store.close();
    const role = `role_${queue.schema}`;
    await asked(`CREATE ROLE ${role} LOGIN`);
    const as = at((url) => {
      url.username = role;
      url.searchParams.set('schema', `${queue.schema}_2`);
    });
    await expect(probeQueue(as)).rejects.toMatchObject({ code: 'queue_refused' });
    await asked(`DROP ROLE ${role}`);
  });

  it('leaves the tables of a newer cab as they are', async () => {
    const store = await openQueue(queue.url);
    await store.submit([newJob('a')]);
    await store.close();
    const newer = migrations.length + 1;
    await asked(`INSERT INTO ${queue.schema}.migrations VALUES (${newer})`);
    expect(await refusal(queue.url)).toMatchObject({
      code: 'queue_too_new',
      details: { version: newer, known: migrations.length },
    });
    expect(await asked(`SELECT count(*)::int AS jobs FROM ${queue.schema}.jobs`)).toEqual([
      { jobs: 1 },
    ]);
  });

  it('makes nothing where it only looks', async () => {
    expect(await openPostgresJobStore({ url: queue.url, create: false })).toBeUndefined();
    expect(await asked(`SELECT 1 FROM pg_namespace WHERE nspname = '${queue.schema}'`)).toEqual([]);
  });

  it('makes the tables once, however many begin at the same time', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openQueue(queue.url)));
    await Promise.all(stores.map((store, n) => store.submit([newJob(`j${n}`)])));
    expect(await stores[0]?.counts()).toMatchObject({ pending: 8 });
    await Promise.all(stores.map((store) => store.close()));
  });
});
