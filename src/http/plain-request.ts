/**
 * Requests in the one form that needs no care: `GET` or `HEAD`, or `POST` with its whole body behind it, HTTP/1.1, a path
 * without a query, a header of each name at most, of names that are known here, one space after the colon, printable
 * ASCII alone, CRLF. What is not of this form is no error, only another's to read. The form is a part of what RFC 9112
 * allows and of what `node:http` takes, so that both see the same request, and the same end of it.
 */
import type { Asked } from './delivery/plain.ts';

/** Bytes; longer heads are no usual ones. */
export const longestHead = 4096;

export interface PlainRequest extends Asked {
  readonly body: Buffer;
}

/** The request that these bytes are, whole, with nothing after it; undefined where they are not that. */
export function plainRequest(bytes: Buffer): PlainRequest | undefined {
  const end = bytes.indexOf(endOfHead) + endOfHead.length;
  if (end < endOfHead.length || end > longestHead) return undefined;
  // One character a byte: what is not ASCII stays apart from what is.
  const text = bytes.toString('latin1', 0, end);
  const [start, method, url] = requestLine.exec(text) ?? [];
  if (start === undefined || method === undefined || url === undefined) return undefined;
  const headers = headersOf(text, start.length, method === 'POST' ? knownOfBody : known);
  if (headers?.['host'] === undefined) return undefined;
  const body = bytes.subarray(end);
  return isLength(method, headers, body.length) ? { method, url, headers, body } : undefined;
}

/** The requests of one connection. A client that asks for the same again sends the same bytes, which mean the same. */
export class PlainRequests {
  #bytes: Buffer | undefined;
  #request: PlainRequest | undefined;

  /** As `plainRequest`. */
  read(bytes: Buffer): PlainRequest | undefined {
    if (this.#bytes?.equals(bytes) === true) return this.#request;
    const request = plainRequest(bytes);
    const isKept = request?.body.length === 0;
    this.#bytes = isKept ? bytes : undefined;
    this.#request = isKept ? request : undefined;
    return request;
  }
}

const endOfHead = '\r\n\r\n';

const requestLine = /^(GET|HEAD|POST) (\/[\w./~%-]*) HTTP\/1\.1\r\n/;

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

const knownOfBody = new Set([...known, 'content-length', 'content-type']);

function headersOf(
  text: string,
  start: number,
  names: ReadonlySet<string>,
): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  const end = text.length - 2;
  headerLine.lastIndex = start;
  for (let at = start; at !== end; at = headerLine.lastIndex) {
    const [line, given = '', value = ''] = headerLine.exec(text) ?? [];
    const name = given.toLowerCase();
    if (line === undefined || !names.has(name) || headers[name] !== undefined) return undefined;
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
    headers[name] = value;
  }
  return headers;
}

/** A body has the length that is said, in the one way to say it; where none may be, there is none. */
const isLength = (method: string, headers: Record<string, string>, length: number): boolean =>
  method === 'POST' ? headers['content-length'] === String(length) : length === 0;
