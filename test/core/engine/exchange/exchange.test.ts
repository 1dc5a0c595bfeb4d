/** Brokers behind brokers: what is asked, how often, and what is sent. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { JobDocument } from '../../../../src/core/model/job/job-document.ts';
import { closedAddress } from '../../../helpers/closed-port.ts';
import { lyingServer } from '../../../helpers/lying-server.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { served, type Served } from '../../../helpers/served.ts';
import { upstreamOf } from '../../../helpers/upstream-of.ts';

const song = '{"tempo":1}';

const artifactOf = async ({ broker }: Served, job: JobDocument): Promise<string> =>
  text((await broker.open(job)).stream());

const nothing = JSON.stringify({ error: 'not_found', title: '', status: 404, detail: 'none' });
const empty = () => lyingServer((_, response) => response.writeHead(404).end(nothing));

describe('a result that the upstream has', () => {
  it('is a hit, which says where it is from, and later one that is here', async () => {
    const far = await served();
    await far.run(song);
    const upstream = upstreamOf(far.url);
    const near = await served({}, { upstream });
    const { get } = near;
    const job = await near.run(song);
    expect(job).toMatchObject({ status: 'done', cached: true, upstream: far.url, attempts: 0 });
    expect(await artifactOf(near, job)).toBe(`computed from ${song}`);
    expect(await (await get(`/echo/jobs/${job.job_id}`)).json()).toMatchObject({
      upstream: far.url,
    });
    expect(await near.run(song)).toMatchObject({ cached: true, upstream: null });
    expect(near.runner.calls).toBe(0);
    expect(upstream.told).toEqual([]);
    await far.close();
    expect(await artifactOf(near, job)).toBe(`computed from ${song}`);
  });

  it('is foretold, and not fetched for that', async () => {
    const far = await served();
    const { config_hash, source_hash } = await far.run(song);
    const near = await served({}, { upstream: upstreamOf(far.url) });
    const explained = await near.broker.explain({ features_text: song });
    expect(explained).toMatchObject({ hit: true, upstream: far.url, entry: null });
    expect((await near.broker.explain({ features_text: '{}' })).hit).toBe(false);
    expect(near.figures()).toMatchObject({ fetchedBytes: 0 });
    const { status } = await near.get(`/echo/${config_hash}/${source_hash}`);
    expect(status).toBe(200);
    expect(near.figures()?.fetchedBytes).toBeGreaterThan(0);
  });

  it('is read by its key, its manifest first or a file first', async () => {
    const far = await served();
    const { config_hash, source_hash } = await far.run(song);
    const at = `/echo/${config_hash}/${source_hash}`;
    for (const path of [at, `${at}/historical_echo.json`, `${at}/manifest.json`]) {
      const near = await served({}, { upstream: upstreamOf(far.url) });
      const answer = await near.get(path);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe(await (await far.get(path)).text());
    }
  });

  it('is not asked for by a job that is to run anyway', async () => {
    const far = await served();
    await far.run(song);
    const near = await served({}, { upstream: upstreamOf(far.url) });
    expect(await near.run(song, { force: true })).toMatchObject({ cached: false });
  });

  it('is found by a job that was queued before the upstream had it', async () => {
    const far = await served();
    const near = await served({}, { upstream: upstreamOf(far.url), work: 'all' });
    const gate = near.runner.hold();
    await near.post('/echo/jobs', `{"features":{"tempo":2}}`);
    await near.post('/echo/jobs', `{"features":{"tempo":3}}`);
    const waiting = (await (
      await near.post('/echo/jobs', `{"features":${song}}`)
    ).json()) as JobDocument;
    await far.run(song);
    // The miss that the submission found is forgotten after some seconds.
    await new Promise((resolve) => setTimeout(resolve, 5100));
    gate.open();
    expect(await near.broker.wait(waiting.job_id)).toMatchObject({
      cached: true,
      upstream: far.url,
    });
  }, 30_000);

  it('is no hit for a job of the same given hash that is other work', async () => {
    const far = await served();
    await far.run(song, { config_hash: 'given', probe: { top_k: 1 } });
    const near = await served({}, { upstream: upstreamOf(far.url) });
    const other = await near.run(song, { config_hash: 'given', probe: { top_k: 2 } });
    expect(other).toMatchObject({ status: 'done', cached: false });
    const same = await served({}, { upstream: upstreamOf(far.url) });
    expect(await same.run(song, { config_hash: 'given', probe: { top_k: 1 } })).toMatchObject({
      cached: true,
      upstream: far.url,
    });
  });

  it('takes the place of an entry that is damaged here', async () => {
    const far = await served();
    await far.run(song);
    const near = await served({}, { upstream: upstreamOf(far.url) });
    const job = await near.run(song);
    const file = job.result?.artifact_path ?? '';
    await chmod(file, 0o644);
    await writeFile(file, 'damaged');
    expect(await near.run(song)).toMatchObject({ cached: true, upstream: far.url });
    expect(await artifactOf(near, job)).toBe(`computed from ${song}`);
  });

  it('is fetched once for many jobs at the same time', async () => {
    const far = await served();
    await far.run(song);
    const near = await served({}, { upstream: upstreamOf(far.url) });
    const jobs = await Promise.all(
      Array.from({ length: 20 }, (_, n) => near.run(song, { track_id: `t${String(n)}` })),
    );
    expect(jobs.every(({ cached }) => cached)).toBe(true);
    expect(near.figures()?.asked.hit).toBe(1);
  });
});

describe('an upstream that has not got it', () => {
  it('is asked once, not at acceptance and again at the run', async () => {
    const far = await empty();
    const near = await served({}, { upstream: upstreamOf(far.url) });
    await near.run(song);
    expect(far.seen).toHaveLength(1);
  });

  it('is followed by the next', async () => {
    const [first, second] = [await empty(), await served()];
    await second.run(song);
    const near = await served({}, { upstream: upstreamOf([first.url, second.url]) });
    expect(await near.run(song)).toMatchObject({ cached: true, upstream: second.url });
    expect(first.seen).toHaveLength(1);
  });
});

describe('an upstream that is away', () => {
  it.each([
    ['refuses connections', async () => closedAddress()],
    ['does not answer', async () => (await lyingServer(() => undefined)).url],
  ])('and %s costs one wait, is passed over, and is reported once', async (_, address) => {
    const url = await address();
    const upstream = upstreamOf(url, { waitMs: 300 });
    const near = await served({}, { upstream });
    expect(await near.run(song)).toMatchObject({ status: 'done', cached: false });
    expect(await near.run('{"tempo":2}')).toMatchObject({ status: 'done', cached: false });
    expect(upstream.told).toHaveLength(1);
    expect(upstream.told[0]).toMatch(/upstream http:\S+ .*passed over/);
    expect(near.figures()).toMatchObject({
      asked: { failed: 1 },
      upstreams: [{ name: url, isAway: true }],
    });
    const metrics = await (await near.get('/metrics')).text();
    expect(metrics).toContain(`cab_upstream_away{upstream="${url}"} 1`);
    expect(metrics).toContain('cab_upstream_requests_total{outcome="failed"} 1');
  });

  it('is known to the next process on the root, which does not wait', async () => {
    const far = await lyingServer(() => undefined);
    const one = await served({}, { upstream: upstreamOf(far.url, { waitMs: 200 }) });
    await one.run(song);
    const seen = far.seen.length;
    const upstream = upstreamOf(far.url, { waitMs: 60_000 });
    const next = scriptedBroker(one.root, one.runner, { upstream });
    const job = await next.submit({ features_text: '{"tempo":9}' });
    await next.wait(job.job_id);
    await next.close();
    expect(far.seen).toHaveLength(seen);
  });

  it('does not keep the others from being asked', async () => {
    const far = await served();
    await far.run(song);
    const upstream = upstreamOf([await closedAddress(), far.url]);
    const near = await served({}, { upstream });
    expect(await near.run(song)).toMatchObject({ cached: true, upstream: far.url });
  });

  it('is no reason to refuse a read: what is not here is not found', async () => {
    const near = await served({}, { upstream: upstreamOf(await closedAddress()) });
    expect((await near.get(`/echo/${'c'.repeat(64)}/${'d'.repeat(64)}`)).status).toBe(404);
  });
});

describe('a row of brokers', () => {
  it('passes a question on to its end, and keeps what it found on the way', async () => {
    const far = await served();
    await far.run(song);
    const middle = await served({}, { upstream: upstreamOf(far.url) });
    const near = await served({}, { upstream: upstreamOf(middle.url) });
    expect(await near.run(song)).toMatchObject({ cached: true, upstream: middle.url });
    await far.close();
    expect(await middle.run(song)).toMatchObject({ cached: true, upstream: null });
  });

  it('that is a ring ends, also if both ask at the same time', async () => {
    const places: { url: string; token: null }[] = [];
    const upstream = upstreamOf([], { places, waitMs: 20_000 });
    const one = await served({}, { upstream });
    const two = await served({}, { upstream: upstreamOf(one.url, { waitMs: 20_000 }) });
    places.push({ url: two.url, token: null });
    const jobs = await Promise.all([one.run(song), two.run(song)]);
    expect(jobs.map(({ status, cached }) => ({ status, cached }))).toEqual([
      { status: 'done', cached: false },
      { status: 'done', cached: false },
    ]);
    expect(one.figures()?.asked.failed).toBe(0);
    expect(two.figures()?.asked.failed).toBe(0);
  });
});

it('an upstream entry that the disk does not take is a miss for a job', async () => {
  const far = await served();
  await far.run(song);
  const upstream = upstreamOf(far.url);
  const near = await served({}, { upstream });
  await mkdir(join(near.root, '.cab'), { recursive: true });
  await writeFile(join(near.root, '.cab/staging'), 'no folder');
  const job = await near.broker.submit({ features_text: song });
  await rm(join(near.root, '.cab/staging'));
  expect(job.cached).toBe(false);
  expect(upstream.told.join()).toContain('an entry that arrives');
});
