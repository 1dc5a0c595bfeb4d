/** What requests of the fuzz are made of. Texts are bytes in Latin-1. */
import { headers as readHeaders } from '../header-corpus.ts';

export const methods = [
  ...['GET', 'GET', 'GET', 'GET', 'HEAD', 'HEAD', 'POST', 'POST', 'DELETE', 'PUT', 'PATCH'],
  ...['OPTIONS', 'TRACE', 'PROPFIND', 'CONNECT', 'FOO', 'get', ''],
] as const;

export const versions = ['1.0', '1.0', '1.2', '2.0', '0.9', '9.9', '1', '1.1 '] as const;

export const hosts = [
  ...['evil.example', '', '[', 'localhost:x', 'localhost:1', '127.0.0.1', '[::1]:80', 'a b'],
  ...['LOCALHOST', 'localhost, evil.example', 'localhost@evil.example', '\xff'],
] as const;

/** Lines of a head, each with its end. One may hold an end of the head, and what comes after it. */
export const headerLines: readonly string[] = [
  ...readHeaders,
  ...Object.entries({
    Range: ['bytes=0-', 'bytes=-1', 'bytes=9-3', 'bytes=0-0,1-1', 'bytes=\xff', 'x=1'],
    'If-None-Match': ['*', '"', 'W/', ',,,', '\xe9'],
    'If-Match': ['*', '"other"', '"ETAG"', 'W/"ETAG"'],
    'If-Unmodified-Since': ['Mon, 01 Jan 2001 00:00:00 GMT', 'yesterday'],
    Prefer: ['wait=0', 'wait=-1', 'wait=1e9', '=;,', 'handling=strict', 'wait=1, handling=strict'],
    'Last-Event-ID': ['0', '-1', 'x', '9'.repeat(40)],
    Origin: ['null', 'http://evil.example', 'http://localhost'],
    'Sec-Fetch-Site': ['none', 'cross-site', 'same-site'],
    Authorization: ['Bearer', 'Bearer x', 'Basic \x80'],
    'Content-Type': [
      'text/plain',
      'application/json; charset=latin1',
      'application/json',
      '/',
      ';',
    ],
    'Content-Encoding': ['gzip', 'identity'],
    'X-Request-Id': ['a', '\xff', 'x'.repeat(500)],
    'X-Long': ['x'.repeat(5000), 'x'.repeat(17_000)],
    Expect: ['100-continue', 'the unexpected', '100-Continue'],
    Upgrade: ['websocket', 'h2c', 'websocket\r\nConnection: Upgrade'],
    Connection: ['close', 'keep-alive', 'close, keep-alive', 'Upgrade, close', 'x', ''],
    'Keep-Alive': ['timeout=1'],
    'Proxy-Connection': ['close'],
    TE: ['trailers'],
    'X-Folded': ['a\r\n b', 'a\r\n\tb', 'a\r\n\r b'],
    'X-Control': ['\x00', '\x01', '\x7f', 'a\rb', 'a\nb', '\t'],
  }).flatMap(([name, values]) => values.map((value) => `${name}: ${value}\r\n`)),
  ...['No-Colon\r\n', ': no name\r\n', 'A B: c\r\n', 'Bad\x00Name: c\r\n', 'Host : localhost\r\n'],
  ...['\r\n', '\n', 'Lf: only\n', 'Cr: only\r', 'X: y\r\r\n'],
];

/** How a body may be framed wrongly, or in a way that two readers take differently. `N` is its length, `X` that in hex. */
export const framings = [
  ...['Content-Length: 0N\r\n', 'Content-Length: +N\r\n', 'Content-Length: N, N\r\n'],
  ...['Content-Length: N\r\nContent-Length: N\r\n', 'Content-Length: N\r\nContent-Length: 0\r\n'],
  ...['Content-Length: 0xX\r\n', 'Content-Length: -1\r\n', 'Content-Length: 99999999999\r\n'],
  ...['Content-Length: N \r\n', 'Content-Length : N\r\n', 'Content-Length: 1\r\n'],
  ...['Content-Length: N\r\nTransfer-Encoding: chunked\r\n', 'Content_Length: N\r\n'],
  ...['Transfer-Encoding: chunked\r\nContent-Length: N\r\n', 'Transfer-Encoding: gzip\r\n'],
  ...['Transfer-Encoding: chunked, chunked\r\n', 'Transfer-Encoding: xchunked\r\n'],
  ...['Transfer-Encoding: gzip, chunked\r\n', 'Transfer-Encoding: chunked, gzip\r\n'],
  ...['Transfer-Encoding:\tchunked\r\n', 'transfer-encoding: CHUNKED\r\n'],
  ...['Transfer-Encoding: identity\r\nContent-Length: N\r\n', 'Transfer-Encoding : chunked\r\n'],
  ...['Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', ''],
] as const;

/** What may stand where the size of a chunk is said. */
export const chunkSizes = [
  ...['0X', '0xX', 'X;a=b', 'X;a="\r\n"', 'X ', ' X', '-X', 'X\n', 'ffffffffffffffff', 'g', ''],
  ...[`X;${'e'.repeat(17_000)}`, 'X;\x00', `${'0'.repeat(40)}X`],
] as const;

export const words = [
  ...['echo', 'jobs', 'index', 'events', 'explain', 'history.json', 'log', 'retry', 'healthz'],
  ...['readyz', 'metrics', 'openapi.json', '..', '.', '%2e%2e', '%00', '%2f', '%', '%ff', 'a'],
  ...['manifest.json', '\xe5\xa4\x9c', '\xff', ' ', '', '__proto__', 'x'.repeat(200), '#', '\\'],
] as const;

export const queryNames = ['status', 'limit', 'cursor', 'track', 'wait', 'from', 'after', 'x'];
export const queryValues = ['0', '1', '-1', '1e3', 'done', '%', '%00', '', 'NaN', '9'.repeat(30)];

export const bodyFields = [
  ...['features', 'features', 'features_path', 'track_id', 'run_id', 'config_hash', 'db_path'],
  ...['db_hash', 'probe', 'runner_kwargs', 'priority', 'timeout_s', 'max_attempts', 'force'],
  ...['__proto__', '\\u0066eatures'],
] as const;

export const bodyValues = [
  ...['1', '-0', '1e400', 'null', 'true', '"x"', '""', '{}', '[]', '[1,{"a":"\\ud800"}]', 'NaN'],
  ...['{"a":1,"a":2}', '"\\u0000"', '"/etc/passwd"', '"/dev/zero"', '"/tmp"', '"."', ''],
  ...['9'.repeat(400), '{"__proto__":{"x":1}}', `${'['.repeat(500)}${']'.repeat(500)}`],
  ...[`"${'\xc3\xa9'.repeat(100)}"`, `"${'x'.repeat(40_000)}"`],
] as const;
