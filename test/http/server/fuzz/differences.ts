/** Where the daemon may differ from a plain server, each by its name. All else is a fault of the one or the other. */
import { saysClose, type Answer } from './answers.ts';
import type { Exchange, PlainExchange } from './exchange.ts';
import type { ReadRequest } from './plain-server.ts';

/** The name of the difference between two exchanges of one sequence, null if there is none; undefined if it has no name. */
export function protocolDifference(plain: PlainExchange, own: Exchange): string | null | undefined {
  if (isSame(plain, own)) return null;
  return protocolNames.find(({ explains }) => explains(plain, own))?.name;
}

interface ProtocolName {
  readonly name: string;
  readonly explains: (plain: PlainExchange, own: Exchange) => boolean;
}

export const protocolNames: readonly ProtocolName[] = [
  {
    name: 'a body over the limit: 413, and the connection is closed',
    explains: (plain, own) => {
      const last = own.answers.at(-1);
      return last?.status === 413 && last.isHandled && isBeginning(plain, own);
    },
  },
  {
    name: 'an answer of unknown length to HTTP/1.0: its end is that of the connection',
    explains: (plain, own) => {
      const last = own.answers.at(-1);
      const isOld = plain.reading.requests.some(({ message }) => message.httpVersion === '1.0');
      return isOld && last?.headers.has('content-length') === false && isBeginning(plain, own);
    },
  },
  {
    name: 'a connection that the server closes while the client sends: the last answers are lost',
    // Linux drops what is on its way if a socket is closed with bytes that nobody has read.
    explains: (plain, own) =>
      hasReasonToClose(plain) &&
      [plain, own].some(({ isReset, rest }) => isReset || rest !== '') &&
      isPartOf(plain, own),
  },
  {
    name: 'CONNECT: the connection is cut, with the answers that are under way',
    explains: (plain, own) => plain.reading.isCut && own.isClosedByServer && isPartOf(plain, own),
  },
  {
    name: 'Expect: answered before 100 Continue could be sent, and the connection is closed',
    explains: (plain, own) => {
      const last = own.answers.at(-1);
      const handled = own.answers.filter(({ isHandled }) => isHandled).length;
      return (
        last?.isHandled === true &&
        last.interim === 0 &&
        plain.reading.requests[handled - 1]?.message.headers.expect !== undefined &&
        isBeginning(plain, own)
      );
    },
  },
  {
    name: 'a request that is never whole: answered early by one of the two',
    explains: (plain, own) => {
      const { requests } = plain.reading;
      if (requests.at(-1)?.message.complete !== false) return false;
      const [one, other] = [plain, own].map((exchange) => around(exchange, requests.length - 1));
      return (
        own.rest.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '') === '' &&
        one?.before === other?.before &&
        (one?.refusal === undefined || (other?.refusal ?? one.refusal) === one.refusal)
      );
    },
  },
];

const isSame = (plain: Exchange, own: Exchange): boolean =>
  marks(plain.answers) === marks(own.answers) &&
  plain.rest === own.rest &&
  plain.isClosedByServer === own.isClosedByServer;

const marks = (answers: readonly Answer[]): string => answers.map(mark).join(' ');

/** What a client sees of an answer where it knows nothing of what is served. */
const mark = (answer: Answer): string =>
  [
    answer.isHandled ? 'handled' : answer.status,
    saysClose(answer) ? 'close' : 'keep',
    ...(answer.interim === 0 ? [] : [`after ${answer.interim} interim`]),
  ].join('-');

/** Whether the daemon gave the first answers alike, and then closed after one more. */
function isBeginning(plain: PlainExchange, own: Exchange): boolean {
  const before = own.answers.slice(0, -1);
  const last = own.answers.at(-1);
  return (
    last !== undefined &&
    saysClose(last) &&
    own.rest === '' &&
    marks(before) === marks(plain.answers.slice(0, before.length))
  );
}

/** Whether the one gave the same answers as the other, but for the last ones of one of them. */
function isPartOf({ answers: one }: Exchange, { answers: other }: Exchange): boolean {
  const length = Math.min(one.length, other.length);
  return marks(one.slice(0, length)) === marks(other.slice(0, length));
}

const hasReasonToClose = ({ answers, reading, isClosedByServer }: PlainExchange): boolean =>
  isClosedByServer && (reading.error !== undefined || answers.some(saysClose));

/** What comes before the answer to the request of this number, and what was refused after it. */
function around({ answers }: Exchange, request: number) {
  const handled = answers.filter(({ isHandled }) => isHandled)[request];
  const last = answers.at(-1);
  const refused = last?.isHandled === false && saysClose(last) ? last : undefined;
  const before = answers.filter((one) => one !== handled && one !== refused);
  return {
    before: marks(before.map(withoutInterim)),
    refusal: refused && mark(withoutInterim(refused)),
  };
}

const withoutInterim = (answer: Answer): Answer => ({ ...answer, interim: 0 });

/** The name under which a plain request may get another status than 200 or 202. */
export const statusDifference = (request: ReadRequest, status: number): string | undefined =>
  statusNames.find(
    ({ statuses, explains }) => statuses.includes(status) && explains(request.message),
  )?.name;

interface StatusName {
  readonly name: string;
  readonly statuses: readonly number[];
  readonly explains: (message: ReadRequest['message']) => boolean;
}

export const statusNames: readonly StatusName[] = [
  {
    name: 'two Host headers: 400',
    statuses: [400],
    explains: ({ headersDistinct }) => (headersDistinct['host']?.length ?? 0) > 1,
  },
  {
    name: 'a host that is not allowed: 403',
    statuses: [403],
    explains: ({ headers, url = '' }) => {
      const host = URL.canParse(url) ? new URL(url).host : headers.host;
      return host !== undefined && !/^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
    },
  },
  {
    name: 'a page of another origin: 403',
    statuses: [403],
    explains: ({ headers }) => 'origin' in headers || 'sec-fetch-site' in headers,
  },
  {
    name: 'a content encoding: 415',
    statuses: [415],
    explains: ({ headers }) => 'content-encoding' in headers,
  },
  {
    name: 'a type other than JSON, or a charset other than UTF-8: 415',
    statuses: [415],
    explains: ({ method, headers }) => method === 'POST' && 'content-type' in headers,
  },
  {
    name: 'a range: 206, 416',
    statuses: [206, 416],
    explains: ({ headers }) => 'range' in headers,
  },
  {
    name: 'an entity tag that is known: 304',
    statuses: [304],
    explains: ({ headers }) => 'if-none-match' in headers,
  },
  {
    name: 'a precondition: 412',
    statuses: [412],
    explains: ({ headers }) => 'if-match' in headers || 'if-unmodified-since' in headers,
  },
];
