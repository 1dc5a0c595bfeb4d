import { afterEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import { cuttingProxy, type Cut, type CuttingProxy } from '../../helpers/cutting-proxy.ts';
import { newJob, owner, progress, resultOf, scopeOf } from '../../helpers/jobs.ts';
import { freshQueue, hasPostgres, openQueue, server } from '../../helpers/postgres.ts';

const { hostname: host, port } = new URL(server);
const isCommit = (sent: Buffer): boolean => sent.includes('COMMIT\0');
const isLook = (sent: Buffer): boolean => sent.includes('is_look) VALUES');
const isUpdate = (sent: Buffer): boolean => sent.includes('UPDATE jobs');

describe.skipIf(!hasPostgres)('on a network that fails', () => {
  const queue = freshQueue();
  let proxy: CuttingProxy | undefined;
  let store: JobStore | undefined;
  let direct: JobStore | undefined;
  /** What becomes of the next piece that it fits, and then of the one after. */
  let cuts: { readonly fits: (sent: Buffer) => boolean; readonly cut: Cut }[] = [];

  const opened = async (): Promise<{ through: JobStore; beside: JobStore }> => {
    proxy = await cuttingProxy({ host, port: Number(port) }, (sent) => {
      if (cuts[0]?.fits(sent) !== true) return undefined;
      return cuts.shift()?.cut;
    });
    const url = new URL(queue.url);
    url.port = String(proxy.port);
    store = await openQueue(url.href);
    direct = await openQueue(queue.url);
    return { through: store, beside: direct };
  };

  afterEach(async () => {
    cuts = [];
    await store?.close();
    await direct?.close();
    await proxy?.close();
    await queue.remove();
  });

  it.each<[string, Cut]>([
    ['that was lost', 'before'],
    ['whose answer was lost', 'after'],
  ])('does once what it commits by a commit %s', async (_, cut) => {
    const { through, beside } = await opened();
    cuts = [{ fits: isCommit, cut }];
    const accepted = await through.submit([newJob('a'), newJob('b')]);
    expect(cuts).toEqual([]);
    expect((await beside.list({ limit: 9 })).map(({ id }) => id)).toEqual(
      accepted.map(({ id }) => id).toReversed(),
    );
    cuts = [{ fits: isCommit, cut }];
    const [job] = await through.claim(scopeOf(owner(1)), 1);
    expect(cuts).toEqual([]);
    if (job === undefined) throw new Error('nothing was claimed');
    expect(job).toMatchObject({ epoch: 1, attempts: 1 });
    cuts = [{ fits: isCommit, cut }];
    const done = { state: 'done', result: resultOf('a'), cached: false } as const;
    expect(await through.settle(job, done)).toBe(true);
    expect(cuts).toEqual([]);
    expect(await beside.counts()).toMatchObject({ pending: 1, running: 0, done: 1 });
    expect((await beside.events(0, 99)).map(({ type }) => type)).toEqual([
      ...['submitted', 'submitted', 'started', 'done'],
    ]);
    expect(await beside.history('a.mp3', 9)).toHaveLength(1);
  });

  it('takes a look whose answer was lost for no commit', async () => {
    const { through, beside } = await opened();
    cuts = [
      { fits: isCommit, cut: 'before' },
      { fits: isLook, cut: 'after' },
    ];
    const [job] = await through.submit([newJob('a')]);
    expect(cuts).toEqual([]);
    expect((await beside.list({ limit: 9 })).map(({ id }) => id)).toEqual([job?.id]);
  });

  it('goes on after every connection was lost at once, each in a commit', async () => {
    const { through, beside } = await opened();
    const [job] = await through.submit([newJob('a')]);
    const numbers = Array.from({ length: 8 }, (_, n) => n);
    cuts = numbers.map((n) => ({ fits: isCommit, cut: n % 2 === 0 ? 'before' : 'after' }));
    await Promise.all(numbers.map((n) => through.record(job?.id ?? '', progress(n))));
    expect(cuts).toEqual([]);
    const told = (await beside.events(0, 99)).flatMap(({ type, data }) =>
      type === 'progress' ? [data.fraction] : [],
    );
    expect(told.sort()).toEqual(numbers);
  });

  it('runs a transaction again that was cut in the middle, and leaves nothing of the first', async () => {
    const { through, beside } = await opened();
    await through.submit([newJob('a')]);
    cuts = [{ fits: isUpdate, cut: 'after' }];
    const claimed = await through.claim(scopeOf(owner(1)), 5);
    expect(cuts).toEqual([]);
    expect(claimed).toMatchObject([{ epoch: 1, attempts: 1 }]);
    expect(await beside.counts()).toMatchObject({ pending: 0, running: 1 });
  });

  it('goes on by itself when the server is there again, and its listeners hear of what they missed', async () => {
    const { through, beside } = await opened();
    let heard = 0;
    through.onChange(() => (heard += 1));
    proxy?.part();
    await beside.submit([newJob('a')]);
    const asked = through.counts();
    proxy?.mend();
    expect(await asked).toMatchObject({ pending: 1 });
    heard = 0;
    await beside.submit([newJob('b')]);
    await expect.poll(() => heard, { timeout: 20_000 }).toBeGreaterThan(0);
  });

  it('takes nothing from a worker that was away past its lease', async () => {
    const { through, beside } = await opened();
    await through.submit([newJob('a')]);
    const [job] = await through.claim(scopeOf(owner(1), { lease_ms: 200 }), 1);
    if (job === undefined) throw new Error('nothing was claimed');
    proxy?.part();
    await expect
      .poll(async () => (await beside.reap()).length, { timeout: 20_000, interval: 50 })
      .toBe(1);
    const [again] = await beside.claim(scopeOf(owner(2)), 1);
    expect(again).toMatchObject({ id: job.id, epoch: 2 });
    proxy?.mend();
    const done = { state: 'done', result: resultOf('a'), cached: false } as const;
    expect(await through.heartbeat(job, 1_000)).toBe('lost');
    expect(await through.settle(job, done)).toBe(false);
    expect(await beside.get(job.id)).toMatchObject({ state: 'running', epoch: 2 });
  });
});
