/** Requests that are sent one after another on a connection, as bytes, with what was done to them. */
import { seeded } from '../../../helpers/seeded.ts';
import * as corpus from './corpus.ts';
import { broken, cut, otherLineEnds } from './mutations.ts';

export interface Sequence {
  readonly seed: number;
  /** As they are written, one after another. */
  readonly pieces: readonly Buffer[];
  readonly bytes: Buffer;
  /** Whether an unfinished end is left to the timeouts; else the client says then that nothing more will come. */
  readonly waitsForTimeout: boolean;
}

/** What a plain read may ask for: its path, and the digest of what stands there. */
export interface Target {
  readonly path: string;
  readonly digest: string;
}

export interface Targets {
  readonly plain: readonly Target[];
  /** Paths that say something else each time. */
  readonly others: readonly string[];
}

type Random = () => number;

/** The same for the same seed. */
export function sequenceOf(seed: number, targets: Targets): Sequence {
  const random = seeded(seed);
  const count = 1 + Math.floor(random() * 5);
  let text = Array.from({ length: count }, () => requestText(random, targets)).join('');
  if (random() < 0.1) text = otherLineEnds(text, random);
  if (random() < 0.3) text = broken(text, random);
  const isCut = random() < 0.08;
  if (isCut) text = text.slice(0, Math.floor(random() * text.length));
  if (random() < 0.05)
    text += pick(random, ['\r\n', '\r\n\r\n', '\0', 'x', 'GET ', '\x16\x03\x01']);
  const waitsForTimeout = isCut && random() < 0.1;
  if (random() < 0.85) text += last;
  const bytes = Buffer.from(text, 'latin1');
  // What waits for a timeout comes at once, or the timeout could meet another request.
  const pieces = waitsForTimeout || random() < 0.3 ? [bytes] : cut(bytes, random);
  return { seed, pieces, bytes, waitsForTimeout };
}

/** By it both servers show that they are at the same place. */
const last = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function requestText(random: Random, targets: Targets): string {
  const target = random() < 0.75 ? pick(random, targets.plain) : undefined;
  const path = target?.path ?? otherPath(random, targets);
  const isSubmission = random() < 0.2;
  const method = isSubmission ? 'POST' : target && random() < 0.8 ? 'GET' : methodOf(random);
  const version = random() < 0.06 ? pick(random, corpus.versions) : '1.1';
  const lines: string[] = [
    `Host: ${random() < 0.05 ? pick(random, corpus.hosts) : 'localhost'}\r\n`,
  ];
  if (random() < 0.03) lines.pop();
  for (let n = Math.floor(random() * 3); n > 0; n--) lines.push(pick(random, corpus.headerLines));
  // Few keep such a connection open unasked.
  if (version === '1.0' && random() < 0.5) lines.push('Connection: keep-alive\r\n');
  if (random() < 0.3) lines.reverse();
  const head = lines.join('').replaceAll('ETAG', target?.digest ?? 'etag');
  const where = isSubmission ? '/echo/jobs' : formOf(path, random);
  const first = `${method} ${where} HTTP/${version}\r\n${head}`;
  return method === 'POST' || random() < 0.1 ? withBody(first, random) : `${first}\r\n`;
}

const methodOf = (random: Random): string => pick(random, corpus.methods);

/** Sometimes as a proxy is sent it. */
function formOf(path: string, random: Random): string {
  if (random() > 0.06) return path;
  const origins = ['http://localhost', 'http://evil.example', 'HTTP://127.0.0.1:1', 'ftp://x', '/'];
  return pick(random, origins) + path;
}

function otherPath(random: Random, { others }: Targets): string {
  if (random() < 0.5) return pick(random, others);
  const path = Array.from({ length: Math.floor(random() * 5) }, () =>
    pick(random, corpus.words),
  ).join('/');
  const query = Array.from(
    { length: Math.floor(random() * 3) },
    () => `${pick(random, corpus.queryNames)}=${pick(random, corpus.queryValues)}`,
  );
  // A stream of all events would not end.
  const target = `${random() < 0.5 ? '/echo/' : '/'}${path}`.replace(
    /^\/echo\/events\/?$/,
    '/echo/jobs',
  );
  return query.length > 0 ? `${target}?${query.join('&')}` : target;
}

function withBody(first: string, random: Random): string {
  const body = bodyOf(random);
  const type = random() < 0.7 ? 'Content-Type: application/json\r\n' : '';
  const chance = random();
  const framing =
    chance < 0.4
      ? `Content-Length: ${body.length}\r\n`
      : chance < 0.7
        ? 'Transfer-Encoding: chunked\r\n'
        : pick(random, corpus.framings);
  const said = framing.replaceAll('N', `${body.length}`).replaceAll('X', body.length.toString(16));
  const isChunked = /chunked/i.test(framing);
  return `${first}${type}${said}\r\n${isChunked ? chunked(body, random) : body}`;
}

function chunked(body: string, random: Random): string {
  const size = 1 + Math.floor(random() * body.length);
  const chunks = [body.slice(0, size), body.slice(size)].filter((chunk) => chunk !== '');
  const ends = [
    '0\r\n\r\n',
    '0\r\n\r\n',
    '0\r\n\r\n',
    '0\r\nTrailer: x\r\n\r\n',
    '0\n\n',
    '0\r\n',
    '',
  ];
  const texts = chunks.map((chunk) => {
    const said = random() < 0.15 ? pick(random, corpus.chunkSizes) : 'X';
    return `${said.replaceAll('X', chunk.length.toString(16))}\r\n${chunk}\r\n`;
  });
  return texts.join('') + pick(random, ends);
}

function bodyOf(random: Random): string {
  if (random() < 0.4) return `{"features":{"n":${Math.floor(random() * 5)}}}`;
  if (random() < 0.1) return 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const members = Array.from(
    { length: Math.floor(random() * 4) },
    () => `"${pick(random, corpus.bodyFields)}":${pick(random, corpus.bodyValues)}`,
  );
  if (random() < 0.3) members.push('"features":{"n":1}');
  if (random() < 0.02) members.push(`"probe":"${'y'.repeat(70_000)}"`);
  const text = `{${members.join(',')}}`;
  return random() < 0.2 ? broken(text, random) : text;
}
