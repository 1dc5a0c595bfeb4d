import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobDocument } from '../../../src/core/model/job/job-document.ts';
import { RemoteBroker } from '../../../src/http/client/remote-broker.ts';
import { until } from '../../helpers/until.ts';
import { testDaemon, type TestDaemon } from '../server/daemon.ts';
import { fragileProxy, type Fate, type FragileProxy } from './fragile-proxy.ts';

let daemon: TestDaemon;
const brokers: RemoteBroker[] = [];
const proxies: FragileProxy[] = [];

beforeEach(async () => {
  daemon = await testDaemon();
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) proxy.close();
  for (const broker of brokers.splice(0)) await broker.close();
  await daemon.close();
});

function connect(url: string, reconnectMs = 20_000): RemoteBroker {
  const broker = new RemoteBroker({ url, sendFiles: false, cwd: '/', reconnectMs });
  brokers.push(broker);
  return broker;
}

async function through(fateOf: (connection: number) => Fate): Promise<FragileProxy> {
  const proxy = await fragileProxy(daemon.url, fateOf);
  proxies.push(proxy);
  return proxy;
}

async function run(): Promise<JobDocument> {
  const { job_id } = await daemon.local.submit({ features_text: '{}', track_id: 'song' });
  return daemon.local.wait(job_id);
}

const ranges = (proxy: FragileProxy): string[] =>
  [...proxy.sent.matchAll(/^range: bytes=(.*)\r$/gim)].map(([, range = '']) => range);

describe('a download', () => {
  const content = Array.from({ length: 400_000 }, (_, n) => `line ${n}\n`).join('');
  beforeEach(() => {
    daemon.runner.text = content;
  });

  it('that breaks again and again goes on where it broke, and comes whole', async () => {
    const job = await run();
    const proxy = await through((n) => (n < 4 ? { cutAfter: 700_000 + n } : {}));
    const file = await connect(proxy.url).open(job, 'historical_echo.json');
    expect(await text(file.stream())).toBe(content);
    expect(file).toMatchObject({ size: content.length, etag: job.result?.etag, path: null });
    expect(proxy.connections).toBe(5);
    const starts = ranges(proxy).map((range) => Number(range.split('-')[0]));
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect(starts).toHaveLength(4);
  });

  it('that broke before anyone read it is taken up by the reader', async () => {
    const job = await run();
    const proxy = await through((n) => (n === 0 ? { cutAfter: 400_000 } : {}));
    const file = await connect(proxy.url).open(job, 'historical_echo.json');
    expect(await text(file.stream())).toBe(content);
  });

  it('of a part is asked for as such, and goes on where it broke', async () => {
    const job = await run();
    const proxy = await through((n) => (n === 1 ? { cutAfter: 300_000 } : {}));
    const file = await connect(proxy.url).open(job, 'historical_echo.json');
    expect(await text(file.stream({ start: 5, end: 1_000_000 }))).toBe(content.slice(5, 1_000_000));
    expect(ranges(proxy)[0]).toBe('5-999999');
    expect(ranges(proxy)).toHaveLength(2);
  });

  it('whose bytes were spoilt on the way ends as such, not as the file', async () => {
    const job = await run();
    const proxy = await through(() => ({ spoilAt: 1_000_000 }));
    const file = await connect(proxy.url).open(job, 'historical_echo.json');
    await expect(text(file.stream())).rejects.toMatchObject({
      code: 'hash_mismatch',
      details: { expected: job.result?.etag },
    });
  });

  it('whose daemon does not come back ends as unreachable', async () => {
    const job = await run();
    const proxy = await through(() => ({ cutAfter: 500_000 }));
    const file = await connect(proxy.url, 0).open(job, 'historical_echo.json');
    await expect(text(file.stream())).rejects.toMatchObject({ code: 'daemon_unreachable' });
  });

  it('of an empty part gives nothing, and of a file that nobody reads holds nothing', async () => {
    const job = await run();
    const broker = connect(daemon.url);
    const file = await broker.open(job);
    expect(await text(file.stream({ start: 3, end: 3 }))).toBe('');
    const other = await broker.open(job);
    await other.close();
    await other.close();
  });
});

describe('a stream of events', () => {
  it('that breaks goes on after the last event that came', async () => {
    const jobs = [];
    for (let n = 0; n < 30; n += 1)
      jobs.push(await daemon.local.submit({ features_text: `{"n":${n}}`, track_id: 't' }));
    await daemon.local.idle();
    const stop = new AbortController();
    const proxy = await through((n) => (n < 5 ? { cutAfter: 2500 } : {}));
    const seen: number[] = [];
    for await (const { seq, type } of connect(proxy.url).events({ signal: stop.signal })) {
      seen.push(seq);
      if (type === 'done' && seen.length === jobs.length * 3) stop.abort();
    }
    expect(seen).toEqual(Array.from({ length: jobs.length * 3 }, (_, index) => index + 1));
    expect(proxy.connections).toBeGreaterThan(5);
  });

  it('of one job ends with the job, though the daemon was restarted under it', async () => {
    const gate = daemon.runner.hold();
    const { job_id } = await daemon.local.submit({ features_text: '{}' });
    const types: string[] = [];
    for await (const { type } of connect(daemon.url).events({ job_id })) {
      types.push(type);
      if (type !== 'started') continue;
      await daemon.restart();
      gate.open();
    }
    expect(types).toEqual(['submitted', 'started', 'done']);
  });

  it('ends at once where nobody waits for it any more', async () => {
    const stop = new AbortController();
    const events = connect(daemon.url).events({ signal: stop.signal })[Symbol.asyncIterator]();
    const next = events.next();
    stop.abort();
    expect(await next).toMatchObject({ done: true });
  });

  it('of a job that is not there is refused', async () => {
    const events = connect(daemon.url).events({ job_id: 'none' })[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a wait', () => {
  it('outlasts a restart of the daemon', async () => {
    const gate = daemon.runner.hold();
    const { job_id } = await daemon.local.submit({ features_text: '{}' });
    const proxy = await through(() => ({}));
    const waiting = connect(proxy.url).wait(job_id);
    await until(() => proxy.sent.includes('wait='));
    await daemon.restart();
    gate.open();
    expect(await waiting).toMatchObject({ job_id, status: 'done' });
  });

  it('ends with the reason of its signal', async () => {
    const gate = daemon.runner.hold();
    const { job_id } = await daemon.local.submit({ features_text: '{}' });
    const stop = new AbortController();
    const proxy = await through(() => ({}));
    const waiting = connect(proxy.url).wait(job_id, { signal: stop.signal });
    const outcome = expect(waiting).rejects.toThrow('enough');
    await until(() => proxy.sent.includes('wait='));
    stop.abort(new Error('enough'));
    await outcome;
    await daemon.local.cancel(job_id);
    gate.open();
  });

  it('ends as unreachable where the daemon is gone for good', async () => {
    const gate = daemon.runner.hold();
    const { job_id } = await daemon.local.submit({ features_text: '{}' });
    const proxy = await through(() => ({}));
    const waiting = connect(proxy.url, 0).wait(job_id);
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'daemon_unreachable' });
    await until(() => proxy.sent.includes('wait='));
    await daemon.stop();
    await outcome;
    gate.open();
  });
});

describe('a request', () => {
  it('to where nobody listens says where that is, and what to do', async () => {
    await daemon.stop();
    await expect(connect(daemon.url).counts()).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: `the daemon at ${daemon.url} cannot be reached (ECONNREFUSED)`,
      hint: expect.stringContaining('Start a daemon') as string,
    });
    const absent = new RemoteBroker({ socket: '/no/daemon.sock', sendFiles: false, cwd: '/' });
    brokers.push(absent);
    await expect(absent.job('x')).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: 'the daemon at unix:/no/daemon.sock cannot be reached (ENOENT)',
    });
  });

  it('that only asks is made again when the connection breaks', async () => {
    const job = await run();
    const proxy = await through((n) => (n < 2 ? { cutAfter: 20 } : {}));
    expect(await connect(proxy.url).job(job.job_id)).toEqual(job);
    expect(proxy.connections).toBe(3);
  });

  it('that submits is made once, for it may have arrived', async () => {
    const proxy = await through(() => ({ cutAfter: 20 }));
    const submission = connect(proxy.url).submit({ features_text: '{}' });
    await expect(submission).rejects.toMatchObject({ code: 'daemon_unreachable' });
    expect(proxy.connections).toBe(1);
    expect((await daemon.local.jobs()).jobs).toHaveLength(1);
  });

  it('that submits is made again where the connection was refused', async () => {
    await daemon.stop();
    let restarted: Promise<void> | undefined;
    const onRefused = (): void => void (restarted ??= daemon.restart());
    subscribe('undici:client:connectError', onRefused);
    try {
      const job = await connect(daemon.url).submit({ features_text: '{}' });
      expect(job.status).toBe('pending');
    } finally {
      unsubscribe('undici:client:connectError', onRefused);
    }
    expect(restarted).toBeDefined();
    await restarted;
    expect((await daemon.local.jobs()).jobs).toHaveLength(1);
  });

  it('to a server that is none of ours says so', async () => {
    const other = createHttpServer((request, response) => {
      response.statusCode = request.url?.includes('jobs') === true ? 200 : 502;
      response.end('<html>hello</html>');
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await expect(connect(url).counts()).rejects.toMatchObject({ code: 'answer_invalid' });
    await expect(connect(url).pointer('a')).rejects.toMatchObject({
      code: 'answer_invalid',
      details: { status: 502 },
    });
    other.closeAllConnections();
    other.close();
  });

  it('to what does not speak HTTP is not understood', async () => {
    const other = createServer((call) => call.end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(connect(`http://127.0.0.1:${port}`).counts()).rejects.toMatchObject({
      code: 'answer_invalid',
    });
    other.close();
  });

  it.each(['', 'localhost:8099', 'ftp://here', 'http://'])(
    'to no address is refused: %s',
    (url) => {
      expect(() => connect(url)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
    },
  );
});
