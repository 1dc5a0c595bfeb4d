import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FsPointerStore } from '../../../src/stores/local/fs-pointer-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { pointerOf } from '../../contract/pointer-store.ts';
import { openLine, requestOf, timeless } from '../../helpers/line.ts';
import { seeded } from '../../helpers/seeded.ts';
import { startServed, type Served } from '../../helpers/served.ts';
import { cachePointer, warmed } from '../../helpers/warmed.ts';
import { headers } from './header-corpus.ts';

/** What has a query is left to the routes. */
const byRoutes = '?routes';

describe('a kept connection gives the answers that the routes give', () => {
  let daemon: Served;
  let path: string;
  let digest: string;
  const pointer = '/echo/index/t.json';
  beforeAll(async () => {
    daemon = await startServed();
    ({ path, digest } = await warmed(daemon));
    await new FsPointerStore(layoutOf(daemon.root)).write(pointerOf('t', 1));
    await cachePointer(daemon, pointer);
    // What is submitted below is a hit, and so answered alike each time.
    for (const features of ['1', ...[0, 1, 2, 3, 4].map((n) => `{"n":${n}}`)])
      await daemon.run(features);
  });
  afterAll(() => daemon.close());

  it.each(['GET', 'HEAD'])('to %s, with every header', { timeout: 60_000 }, async (method) => {
    for (const [n, more] of headers.entries())
      for (const target of [path, pointer])
        await compare((query) => requestOf(target + query, tagged(more, target), method), n);
  });

  it('for another host', async () => {
    for (const [n, name] of [
      'evil.example',
      'localhost:1',
      '127.0.0.1',
      '[::1]:80',
      'a b',
    ].entries())
      await compare((query) => `GET ${path + query} HTTP/1.1\r\nHost: ${name}\r\n\r\n`, n);
  });

  it('many at once, in pieces of any size', async () => {
    for (let round = 0; round < 60; round++) {
      const random = seeded(round);
      const count = 1 + Math.floor(random() * 5);
      const requests = Array.from({ length: count }, () => {
        const target = random() < 0.5 ? path : pointer;
        const more = headers[Math.floor(random() * 12)] ?? '';
        const given = tagged(more.replace(/^connection: close\r\n/, ''), target);
        return (query: string) => requestOf(target + query, given);
      });
      await compare(
        (query) => requests.map((request) => request(query)).join(''),
        round,
        (text) => pieces(text, random),
      );
    }
  });

  it.each(['{"features":1}', '{"features":', '{"features":1,"priority":"x"}', '{}', ' ', ''])(
    'to a submission of %j, with every header',
    { timeout: 60_000 },
    async (body) => {
      const length = `Content-Length: ${body.length}\r\n`;
      for (const [n, more] of headers.entries())
        await compare((query) => requestOf(`/echo/jobs${query}`, length + more, 'POST') + body, n);
    },
  );

  it('to submissions, many at once, in pieces of any size', async () => {
    for (let round = 0; round < 30; round++) {
      const random = seeded(round);
      const requests = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
        const body = `{"features":{"n":${Math.floor(random() * 5)}}}`;
        const length = `Content-Length: ${body.length}\r\n`;
        return random() < 0.3
          ? (query: string) => requestOf(path + query)
          : (query: string) => requestOf(`/echo/jobs${query}`, length, 'POST') + body;
      });
      await compare(
        (query) => requests.map((request) => request(query)).join(''),
        round,
        (text) => pieces(text, random),
      );
    }
  });

  const tagged = (more: string, target: string): string =>
    more.replaceAll('ETAG', target === pointer ? pointerTag : digest);
  let pointerTag = '';
  beforeAll(async () => {
    pointerTag = ((await daemon.get(pointer)).headers.get('etag') ?? '').slice(1, -1);
  });

  async function compare(
    textOf: (query: string) => string,
    n: number,
    cut = (whole: string) => [whole],
  ): Promise<void> {
    const answers: string[] = [];
    for (const query of ['', byRoutes]) {
      const line = openLine(daemon.url);
      await line.send(requestOf('/healthz'));
      await line.answer();
      const text = textOf(query);
      await line.send(...cut(text));
      if (!/^connection: close/im.test(text))
        await line.send(requestOf(`/end-${n}`, 'Connection: close\r\n'));
      answers.push(withoutJob(timeless(await line.rest())).replaceAll(byRoutes, ''));
    }
    expect(answers[0], textOf('')).toBe(answers[1]);
    expect(answers[0]?.length).toBeGreaterThan(20);
  }
});

/** Submissions, and hits of them, without what no two have in common. */
const withoutJob = (answer: string): string =>
  answer
    .replace(/[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

function pieces(text: string, random: () => number): string[] {
  const cut: string[] = [];
  for (let at = 0; at < text.length;) {
    const size = 1 + Math.floor(random() ** 3 * 300);
    cut.push(text.slice(at, at + size));
    at += size;
  }
  return cut;
}
