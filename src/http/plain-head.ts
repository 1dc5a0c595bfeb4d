/**
 * Heads of requests in the one form that needs no care: `GET` or `HEAD`, HTTP/1.1, a path without a query, a header of
 * each name at most, of names that are known here, one space after the colon, printable ASCII alone, CRLF. What is not
 * of this form is no error, only another's to read. The form is a part of what RFC 9112 allows and of what `node:http`
 * takes, so that both see the same request, and the same end of it.
 */
import type { Asked } from './delivery/plain.ts';

/** Bytes; longer heads are no usual ones. */
export const longestHead = 4096;

/** The request that these bytes are, whole, with nothing after it; undefined where they are not that. */
export function plainHead(bytes: Buffer): Asked | undefined {
  if (bytes.length > longestHead) return undefined;
  // One character a byte: what is not ASCII stays apart from what is.
  const text = bytes.toString('latin1');
  const [start, method, url] = requestLine.exec(text) ?? [];
  if (start === undefined || method === undefined || url === undefined) return undefined;
  const headers = headersOf(text, start.length);
  return headers?.['host'] === undefined ? undefined : { method, url, headers };
}

const requestLine = /^(GET|HEAD) (\/[\w./~%-]*) HTTP\/1\.1\r\n/;

const headerLine = /([A-Za-z-]+): ([!-~](?:[ -~]*[!-~])?)\r\n/y;

/** Those that neither frame the message nor say more of the caller than his name. */
const known = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'host',
  'if-none-match',
  'pragma',
  'user-agent',
  'x-request-id',
]);

function headersOf(text: string, start: number): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  const end = text.length - 2;
  headerLine.lastIndex = start;
  for (let at = start; at !== end; at = headerLine.lastIndex) {
    const [line, given = '', value = ''] = headerLine.exec(text) ?? [];
    const name = given.toLowerCase();
    if (line === undefined || !known.has(name) || headers[name] !== undefined) return undefined;
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
    headers[name] = value;
  }
  return text.endsWith('\r\n') ? headers : undefined;
}
