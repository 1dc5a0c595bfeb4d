import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { undoneAfterTest } from './clean-up.ts';

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

/** An HTTP server that answers whatever the test says. Closed after the test. */
export async function lyingServer(answer: Answering): Promise<LyingServer> {
  const seen: LyingServer['seen'] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, token: headers.authorization });
    lying.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undoneAfterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const lying = { url: `http://127.0.0.1:${port}`, seen, answer };
  return lying;
}
