/** What a broker sends to the one behind it. */
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { JobDocument } from '../../../../src/core/model/job/job-document.ts';
import { closedAddress } from '../../../helpers/closed-port.ts';
import { lyingServer } from '../../../helpers/lying-server.ts';
import { served, type Served } from '../../../helpers/served.ts';
import { until } from '../../../helpers/until.ts';
import { upstreamOf } from '../../../helpers/upstream-of.ts';

const song = '{"tempo":1}';

const artifactOf = async ({ broker }: Served, job: JobDocument): Promise<string> =>
  text((await broker.open(job)).stream());

const nothing = JSON.stringify({ error: 'not_found', title: '', status: 404, detail: 'none' });
const empty = () => lyingServer((_, response) => response.writeHead(404).end(nothing));

describe('new results', () => {
  const tokens = [{ token: 'secret', role: 'write' }] as const;

  it('are sent after their job, once, with the token', async () => {
    const far = await served({ tokens });
    const upstream = upstreamOf(far.url, { pushes: true, token: 'secret' });
    const near = await served({}, { upstream });
    const job = await near.run(song);
    await until(() => near.figures()?.pushes.pushed === 1);
    expect(await artifactOf(far, job)).toBe(`computed from ${song}`);
    await near.run(song);
    expect(near.figures()?.pushes).toEqual({ pushed: 1, stands: 0, other: 0, failed: 0 });
    expect(upstream.told).toEqual([]);
    const metrics = await (await near.get('/metrics')).text();
    expect(metrics).toContain('cab_upstream_pushes_total{outcome="pushed"} 1');
  });

  it('are not sent if nobody asked for it, nor those that came from there', async () => {
    const far = await served();
    const near = await served({}, { upstream: upstreamOf(far.url) });
    const job = await near.run(song);
    expect(near.figures()?.pushes.pushed).toBe(0);
    await expect(far.broker.manifest(job)).rejects.toMatchObject({ code: 'not_found' });
    await far.run(song, { track_id: 'far' });
    const other = await served({}, { upstream: upstreamOf(far.url, { pushes: true }) });
    expect(await other.run(song)).toMatchObject({ upstream: far.url });
    expect(other.figures()).toMatchObject({ waiting: 0, pushes: { pushed: 0, stands: 0 } });
  });

  it('of two brokers for one key: one wins, and the other says so and goes on', async () => {
    const far = await served({ tokens });
    const options = { pushes: true, token: 'secret' };
    const all = await Promise.all(
      ['one', 'two'].map(async (result) => {
        const upstream = upstreamOf(far.url, options);
        const near = await served({}, { upstream });
        near.runner.text = result;
        return { near, upstream, result };
      }),
    );
    const jobs = await Promise.all(all.map(({ near }) => near.run(song)));
    await until(() =>
      all.every(({ near }) => {
        const { pushed = 0, other = 0 } = near.figures()?.pushes ?? {};
        return pushed + other === 1;
      }),
    );
    const [job] = jobs;
    if (job === undefined) throw new Error('no job');
    const won = await artifactOf(far, job);
    for (const { near, upstream, result } of all) {
      expect(await artifactOf(near, job)).toBe(result);
      expect(upstream.told).toHaveLength(result === won ? 0 : 1);
    }
    const next = await served({}, { upstream: upstreamOf(far.url, { token: 'secret' }) });
    expect(await artifactOf(next, await next.run(song))).toBe(won);
  });

  it.each([
    ['that is away', async () => closedAddress(), /not sent/],
    ['that refuses the token', async () => (await served({ tokens })).url, /refuses the caller/],
    ['that takes none', async () => (await empty()).url, /not sent/],
  ])('do not fail their job for an upstream %s, and the end says so', async (_, address, says) => {
    const upstream = upstreamOf(await address(), { pushes: true, token: 'wrong', waitMs: 500 });
    const near = await served({}, { upstream });
    expect(await near.run(song)).toMatchObject({ status: 'done', cached: false });
    await near.broker.close();
    expect(upstream.told.join('\n')).toMatch(says);
    expect(upstream.told.join('\n')).not.toContain('there was no more time');
    expect(near.figures()?.pushes.failed).toBe(1);
  });

  it('are waited for at the end, but not longer than is said', async () => {
    const slow = await lyingServer((request, response) => {
      if (request.method === 'GET') response.writeHead(404).end(nothing);
    });
    const upstream = upstreamOf(slow.url, { pushes: true, waitMs: 60_000, closingMs: 300 });
    const near = await served({}, { upstream });
    await near.run(song);
    await near.broker.close();
    expect(upstream.told.join()).toContain('there was no more time');
  });
});
