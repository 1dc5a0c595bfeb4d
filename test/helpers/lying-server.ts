import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

export interface LyingServer {
  readonly url: string;
  /** Requests so far: method, path and token. */
  readonly seen: {
    readonly method: string;
    readonly path: string;
    readonly token: string | undefined;
  }[];
  /** How it answers from now on. */
  answer: Answering;
}

const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));

/** An HTTP server that answers whatever the test says. Closed after the test. */
export async function lyingServer(answer: Answering): Promise<LyingServer> {
  const seen: LyingServer['seen'] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, token: headers.authorization });
    lying.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const lying = { url: `http://127.0.0.1:${port}`, seen, answer };
  return lying;
}
