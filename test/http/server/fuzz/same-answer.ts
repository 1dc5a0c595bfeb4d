/** Whether a request gets the same answer alone, on a connection of its own, as it got among others. */
import { sha256 } from '../../../../src/core/hashing/digest.ts';
import type { Answer } from './answers.ts';
import { askAlone } from './exchange.ts';
import type { ReadRequest } from './plain-server.ts';

/** What it gives tells the answers apart; the answers alone are kept, since many requests come again. */
export function comparison(url: string) {
  const known = new Map<string, Promise<string>>();
  return async (request: ReadRequest, answer: Answer): Promise<{ own: string; alone: string }> => {
    const text = textOf(request);
    const key = text.toString('latin1');
    if (known.size > 2000) known.clear();
    const alone = known.get(key) ?? askedAlone(url, text, request);
    known.set(key, alone);
    return { own: essence(request, answer), alone: await alone };
  };
}

async function askedAlone(url: string, text: Buffer, request: ReadRequest): Promise<string> {
  const answer = await askAlone(url, text, request.message.method);
  return answer === undefined ? 'none' : essence(request, answer);
}

/** The request as it was read, written once more. */
export function textOf({ message, body }: ReadRequest): Buffer {
  const { method, url, httpVersion, rawHeaders, headers } = message;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2)
    lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  const bytes = Buffer.concat(body);
  const isChunked = headers['transfer-encoding'] !== undefined;
  const size = `${bytes.length.toString(16)}\r\n`;
  return Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
    ...(isChunked && bytes.length > 0 ? [Buffer.from(size), bytes, Buffer.from('\r\n')] : [bytes]),
    Buffer.from(isChunked ? '0\r\n\r\n' : ''),
  ]);
}

/** Status, entity tag and body, as far as no two answers to the same request differ in them. */
function essence(
  { message: { url = '' } }: ReadRequest,
  { status, headers, body }: Answer,
): string {
  const path = url.replace(/\?.*$/s, '');
  const isSubmission = status === 202;
  const said = isSubmission
    ? [...body.matchAll(/"(?:source|config)_hash":"\w+"/g)].join()
    : isOfJob(path)
      ? [...new Set([...body.matchAll(/"job_id":"[\w-]+"/g)].map(String))].join()
      : isChanging(path)
        ? ''
        : sha256(Buffer.from(body, 'latin1'));
  return [status, headers.get('etag') ?? '', said].join(' ');
}

/** Another request may cancel the job meanwhile; what is told is of the same job. */
const isOfJob = (path: string): boolean => /echo\/jobs\/[^/]+(\/events)?\/?$/.test(path);

/** Says something else each time. */
const isChanging = (path: string): boolean =>
  /(metrics|healthz|readyz|echo\/(jobs|index|explain))\/?$/.test(path);
