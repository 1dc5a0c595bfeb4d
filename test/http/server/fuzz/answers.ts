/** Reads what came on a connection as the answers that a client would take it for. */
export interface Answer {
  readonly status: number;
  /** By name in lower case; of two of a name, the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** How many `100 Continue` came before it. */
  readonly interim: number;
  /** Whether a handler made it, rather than `node:http` or the answer to a parse error. */
  readonly isHandled: boolean;
}

export interface Received {
  readonly answers: readonly Answer[];
  /** What came after the last whole answer. */
  readonly rest: string;
}

/** @param methods of the requests that reached a handler, in order: what answers `HEAD` has no body. */
export function answersIn(text: string, methods: readonly (string | undefined)[]): Received {
  const answers: Answer[] = [];
  let at = 0;
  let handled = 0;
  for (;;) {
    const head = headAt(text, at);
    if (head === undefined) break;
    const method = head.isHandled ? methods[handled] : undefined;
    const body = bodyAt(text, head, method);
    if (body === undefined) break;
    answers.push({ ...head, body: body.text });
    handled += head.isHandled ? 1 : 0;
    at = body.end;
  }
  return { answers, rest: text.slice(at) };
}

export const saysClose = ({ headers }: Answer): boolean =>
  headers.get('connection')?.toLowerCase() === 'close';

interface Head extends Omit<Answer, 'body'> {
  readonly end: number;
}

function headAt(text: string, start: number): Head | undefined {
  let interim = 0;
  let at = start;
  for (; text.startsWith(goOn, at); at += goOn.length) interim += 1;
  const end = text.indexOf('\r\n\r\n', at);
  const [first = '', ...lines] = text.slice(at, end).split('\r\n');
  const status = /^HTTP\/1\.1 ([2-5]\d\d) /.exec(first)?.[1];
  if (end === -1 || status === undefined) return undefined;
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
    }),
  );
  const isHandled = headers.has('x-request-id');
  return { status: Number(status), headers, interim, isHandled, end: end + 4 };
}

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

function bodyAt(
  text: string,
  { status, headers, isHandled, end }: Head,
  method: string | undefined,
): { readonly text: string; readonly end: number } | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) return { text: '', end };
  const length = headers.get('content-length');
  if (length !== undefined) {
    const after = end + Number(length);
    return after <= text.length ? { text: text.slice(end, after), end: after } : undefined;
  }
  // `node:http` refuses `HEAD` as it does other methods, and no handler has told which it was.
  if (!isHandled && !text.startsWith(lastChunk, end)) return { text: '', end };
  if (headers.get('transfer-encoding') === 'chunked') return chunksAt(text, end);
  // Its end is that of the connection.
  return { text: text.slice(end), end: text.length };
}

const lastChunk = '0\r\n\r\n';

function chunksAt(text: string, start: number) {
  const chunks: string[] = [];
  for (let at = start; ;) {
    const line = text.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    const end = line + 2 + size + 2;
    if (!(end <= text.length) || text.slice(end - 2, end) !== '\r\n') return undefined;
    if (size === 0) return { text: chunks.join(''), end };
    chunks.push(text.slice(line + 2, end - 2));
    at = end;
  }
}
