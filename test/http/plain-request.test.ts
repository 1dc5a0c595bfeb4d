import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { plainRequest, PlainRequests, type PlainRequest } from '../../src/http/plain-request.ts';
import { rawRequest } from '../helpers/raw-request.ts';
import { seeded } from '../helpers/seeded.ts';
import { listening, ready } from './stepped-server.ts';

const head = 'GET /hot HTTP/1.1\r\n';
const post = 'POST /hot HTTP/1.1\r\n';
const host = 'Host: localhost\r\n';

describe('hostile heads', () => {
  it.each<[string, string]>([
    ['a bare LF', `GET /hot HTTP/1.1\nHost: localhost\n\n`],
    ['a bare LF at the end', `${head}${host}\n`],
    ['a bare CR', `${head}Host: local\rhost\r\n\r\n`],
    ['a folded line', `${head}${host}Accept: a\r\n b\r\n\r\n`],
    ['NUL in a value', `${head}${host}Accept: a\0b\r\n\r\n`],
    ['NUL in the path', `GET /ho\0t HTTP/1.1\r\n${host}\r\n`],
    ['bytes beyond ASCII', `${head}${host}Accept: \xff\xfe\r\n\r\n`],
    ['two hosts', `${head}${host}Host: evil\r\n\r\n`],
    ['two hosts of other cases', `${head}${host}hOST: localhost\r\n\r\n`],
    ['no host', `${head}\r\n`],
    ['an empty host', `${head}Host:\r\n\r\n`],
    ['absolute form', `GET http://localhost/hot HTTP/1.1\r\n${host}\r\n`],
    ['a fragment', `GET /hot#x HTTP/1.1\r\n${host}\r\n`],
    ['a query', `GET /hot?x HTTP/1.1\r\n${host}\r\n`],
    ['space before the colon', `${head}${host}Accept : a\r\n\r\n`],
    ['space before a name', `${head} ${host}\r\n`],
    ['no colon', `${head}${host}Accept\r\n\r\n`],
    ['two spaces in the first line', `GET  /hot HTTP/1.1\r\n${host}\r\n`],
    ['a lower-case method', `get /hot HTTP/1.1\r\n${host}\r\n`],
    ['HTTP/1.0', `GET /hot HTTP/1.0\r\n${host}\r\n`],
    ['HTTP/2.0', `GET /hot HTTP/2.0\r\n${host}\r\n`],
    [
      'a length and chunks',
      `${head}${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['chunks, misspelt', `${head}${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['chunks behind a tab', `${head}${host}Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${head}${host}Content-Length: 0\r\nContent-Length: 5\r\n\r\nGET /`],
    ['a signed length', `${head}${host}Content-Length: +0\r\n\r\n`],
    ['a body without a length', `${head}${host}\r\nabc`],
    ['a second request in a value', `${head}Host: a\r\n\r\n${head}${host}\r\n`],
    ['the wish to close', `${head}${host}Connection: close\r\n\r\n`],
    ['named headers of the connection', `${head}${host}Connection: keep-alive, host\r\n\r\n`],
    ['an upgrade', `${head}${host}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`],
    ['an expectation', `${head}${host}Expect: 100-continue\r\n\r\n`],
    ['64 KB in one header', `${head}${host}Accept: ${'a'.repeat(64 << 10)}\r\n\r\n`],
    ['5 KB in one header', `${head}${host}Accept: ${'a'.repeat(5000)}\r\n\r\n`],
    ['a thousand headers', `${head}${host}${'Accept: a\r\n'.repeat(1000)}\r\n`],
    ['__proto__', `${head}${host}__proto__: a\r\n\r\n`],
    ['constructor', `${head}${host}constructor: a\r\n\r\n`],
    ['a body with chunks', `${post}${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [
      'a body with a length and chunks',
      `${post}${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a body with two lengths', `${post}${host}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
    ['a body of a signed length', `${post}${host}Content-Length: +1\r\n\r\na`],
    ['a body of a hexadecimal length', `${post}${host}Content-Length: 0x1\r\n\r\na`],
    ['a body of a length with a zero before it', `${post}${host}Content-Length: 01\r\n\r\na`],
    ['a body of a list of lengths', `${post}${host}Content-Length: 1, 1\r\n\r\na`],
    ['a body of less than is said', `${post}${host}Content-Length: 2\r\n\r\na`],
    ['a body and another request', `${post}${host}Content-Length: 1\r\n\r\na${head}${host}\r\n`],
    ['a body and no length', `${post}${host}\r\na`],
    ['a body that is expected', `${post}${host}Expect: 100-continue\r\nContent-Length: 1\r\n\r\na`],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
  ])('with %s are answered by node:http, as without the step before it', async (_what, text) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(plainRequest(bytes)).toBeUndefined();
    const answers: string[] = [];
    for (const isStepped of [true, false]) {
      const { line } = await ready({ isStepped });
      line.socket.end(bytes);
      answers.push((await line.rest()).replaceAll(/^Date: .*$/gm, ''));
    }
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).not.toContain('from memory');
  });
});

describe('a plain request', () => {
  it('is the request that node:http reads in the same bytes, whatever they are', async () => {
    const seen: Promise<PlainRequest>[] = [];
    const server = createServer((request, response) => {
      const { method, url, headers } = request;
      seen.push(buffer(request).then((body) => ({ method, url, headers: { ...headers }, body })));
      response.end();
    });
    const url = await listening(server);
    const random = seeded(7);
    let taken = 0;
    for (let n = 0; n < 30_000; n++) {
      const bytes = mutated(random);
      const request = plainRequest(bytes);
      if (request === undefined) continue;
      taken += 1;
      seen.length = 0;
      // One byte more or less of the head, and this would be another request, or none.
      const next = 'GET /next HTTP/1.1\r\nHost: next\r\nConnection: close\r\n\r\n';
      await rawRequest(url, Buffer.concat([bytes, Buffer.from(next)]));
      const [first, second] = await Promise.all(seen);
      expect(first).toEqual(request);
      expect(second?.url).toBe('/next');
    }
    expect(taken).toBeGreaterThan(500);
  });
});

describe('the requests of one connection', () => {
  it('are each read as if they came alone, whatever came before', () => {
    const requests = new PlainRequests();
    const random = seeded(8);
    const few = Array.from({ length: 40 }, () => mutated(random));
    for (let n = 0; n < 5000; n++) {
      // The same again about every other time.
      const bytes = Buffer.from(few[Math.floor(random() * 2) + Math.floor(n / 130)] ?? '');
      expect(requests.read(bytes)).toEqual(plainRequest(bytes));
    }
  });

  it('are read anew where they have a body, which may be large', () => {
    const requests = new PlainRequests();
    const bytes = Buffer.from(`${post}${host}Content-Length: 1\r\n\r\na`);
    const [first, second] = [requests.read(bytes), requests.read(Buffer.from(bytes))];
    expect(first).toBeDefined();
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
  });
});

const templates = [
  'GET /echo/index/a%20b.json HTTP/1.1\r\nHost: localhost:8099\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n',
  'HEAD /a/b.json HTTP/1.1\r\nhost: [::1]\r\nconnection: keep-alive\r\nif-none-match: "x", W/"y"\r\nx-request-id: 1\r\n\r\n',
  'POST /echo/jobs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
  'POST /echo/jobs HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, deflate\r\nCache-Control: no-cache\r\nPragma: no-cache\r\n\r\n',
];
const snippets = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  '\0',
  'a',
  'Host: b\r\n',
  '\xe9',
  '/',
  '%',
  '"',
  'Content-Length: 3\r\n',
  'Accept: b\r\n',
  '..',
  'Connection: close\r\n',
  '\x7f',
  ',',
];

function mutated(random: () => number): Buffer {
  const pick = (items: readonly string[]): string =>
    items[Math.floor(random() * items.length)] ?? '';
  let text = pick(templates);
  for (let times = Math.floor(random() * 3); times >= 0; times--) {
    const at = Math.floor(random() * (text.length + 1));
    const kept = random() < 0.5 ? at : at + Math.floor(random() * 3);
    text = text.slice(0, at) + pick(snippets) + text.slice(kept);
  }
  return Buffer.from(text, 'latin1');
}
