/** Sends a sequence on a connection of its own, and gives all that came back. */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { openSocket } from '../../../helpers/raw-request.ts';
import { until } from '../../../helpers/until.ts';
import { answersIn, saysClose, type Received } from './answers.ts';
import { isAnsweredLate, type PlainServer, type Reading } from './plain-server.ts';
import type { Sequence } from './sequence.ts';

export interface Exchange extends Received {
  /** Whether the server closed the connection by itself, before the client said that nothing more will come. */
  readonly isClosedByServer: boolean;
  /** Whether the client was told that the connection was reset. It may also see a plain end. */
  readonly isReset: boolean;
}

export interface PlainExchange extends Exchange {
  readonly reading: Reading;
}

export async function exchangePlainly(
  server: PlainServer,
  sequence: Sequence,
): Promise<PlainExchange> {
  const client = await connected(server.url);
  const reading = await until(() => server.read(client.port));
  const methods = () => reading.requests.map(({ message }) => message.method);
  await client.send(sequence.pieces);
  const received = () => answersIn(client.received(), methods());
  const exchange = await ended(client, sequence, received, () =>
    isWaiting(reading, sequence, client.received(), received()),
  );
  return { ...exchange, reading };
}

/** The daemon is waited for until it has answered as much as the plain server did. */
export async function exchangeWithDaemon(
  url: string,
  sequence: Sequence,
  plain: PlainExchange,
): Promise<Exchange> {
  const methods = plain.reading.requests.map(({ message }) => message.method);
  const client = await connected(url);
  await client.send(sequence.pieces);
  const received = () => answersIn(client.received(), methods);
  const wanted = plain.answers.length - (plain.reading.error === undefined ? 0 : 1);
  return ended(
    client,
    sequence,
    received,
    () => !plain.isClosedByServer && received().answers.length >= wanted,
  );
}

/** Sends one request alone, and gives its answer; undefined if there came none. */
export async function askAlone(url: string, text: Buffer, method: string | undefined) {
  const client = await connected(url);
  await client.send([text]);
  const received = () => answersIn(client.received(), [method]);
  await until(() => received().answers.length > 0 || client.isClosed());
  client.socket.destroy();
  return received().answers[0];
}

interface Client {
  readonly socket: ReturnType<typeof openSocket>;
  readonly port: number;
  received(): string;
  readonly isClosed: () => boolean;
  isReset(): boolean;
  send(pieces: readonly Buffer[]): Promise<void>;
}

async function connected(url: string): Promise<Client> {
  const socket = openSocket(url);
  socket.setNoDelay(true);
  let received = '';
  let isReset = false;
  socket.once('error', () => (isReset = true));
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  await once(socket, 'connect');
  return {
    socket,
    port: socket.localPort ?? 0,
    received: () => received,
    isClosed: () => socket.closed,
    isReset: () => isReset,
    send: async (pieces) => {
      for (const piece of pieces) {
        if (!socket.writable) return;
        socket.write(piece);
        // The server reads each by itself, and its refusal is read before the next is written.
        for (let n = 0; n < 3; n++) await turn();
      }
    },
  };
}

async function ended(
  client: Client,
  { waitsForTimeout }: Sequence,
  received: () => Received,
  isWaitingForMore: () => boolean,
): Promise<Exchange> {
  let looks = 0;
  // An answer or a close that is on its way comes between two looks.
  await until(() => {
    looks = !waitsForTimeout && isWaitingForMore() ? looks + 1 : 0;
    return client.isClosed() || looks > 3;
  });
  const isClosedByServer = client.isClosed();
  client.socket.end();
  await until(client.isClosed);
  return { ...received(), isClosedByServer, isReset: client.isReset() };
}

/** Whether the server has read and answered all that came, and keeps the connection open. */
function isWaiting(
  { socket, requests, error }: Reading,
  { bytes }: Sequence,
  text: string,
  { answers }: Received,
): boolean {
  const isAnswered = requests.every(
    ({ message, response }) =>
      response.writableFinished || (!message.complete && isAnsweredLate(message)),
  );
  return (
    isAnswered &&
    error === undefined &&
    socket.bytesRead === bytes.length &&
    socket.bytesWritten === text.length &&
    !answers.some(saysClose)
  );
}
