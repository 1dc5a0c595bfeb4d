import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openLine, requestOf } from '../../helpers/line.ts';
import { served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';

describe('a daemon that closes', () => {
  it.each([
    ['held in memory', 60_000],
    ['held in memory for its reader alone', 900_000],
    ['read from the disk', 3_000_000],
  ])('sends answers that are under way to their end: a file %s', async (_what, size) => {
    const daemon = await served();
    daemon.runner.text = 'x'.repeat(size);
    const { config_hash, source_hash } = await daemon.run('{"n":1}');
    const path = `/echo/${config_hash}/${source_hash}/historical_echo.json`;
    await (await daemon.get(path)).arrayBuffer();
    const line = openLine(daemon.url);
    await line.send(requestOf('/healthz'));
    await line.answer();
    // More than the system takes for a client that reads nothing.
    const count = Math.ceil((24 << 20) / size);
    line.socket.pause();
    await line.send(requestOf(path).repeat(count));
    await until(async () => (await inProgress(daemon.url)) > 1);
    const closed = daemon.server.close(60_000);
    await until(() => isRefused(daemon.url));
    line.socket.resume();
    const received = await line.rest();
    await closed;
    const bodies = received.split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/).slice(1);
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) expect(digestOf(body)).toBe(digestOf(daemon.runner.text));
  });
});

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

async function inProgress(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^cab_http_requests_in_progress (\d+)$/m.exec(text)?.[1]);
}

async function isRefused(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/healthz`)).text();
    return false;
  } catch (error) {
    if (error instanceof TypeError) return true;
    throw error;
  }
}
