/** A TCP proxy that cuts connections: the one side of a network that fails at the worst moment. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** `before`: what was sent is lost with the connection. `after`: it arrives, and the answer is lost. */
export type Cut = 'before' | 'after' | undefined;

export interface CuttingProxy {
  readonly port: number;
  /** Cuts all connections, and takes no new ones until `mend`. */
  part(): void;
  mend(): void;
  close(): Promise<void>;
}

/** @param cut is asked for each piece that a client sends */
export async function cuttingProxy(
  target: { readonly host: string; readonly port: number },
  cut: (sent: Buffer) => Cut = () => undefined,
): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let isParted = false;
  const server = createServer((client) => {
    if (isParted) {
      client.destroy();
      return;
    }
    const upstream = connect(target);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        open.delete(socket);
        end();
      });
    }
    upstream.on('data', (piece) => client.write(piece));
    client.on('data', (piece) => {
      const how = cut(piece);
      if (how === 'before') end();
      else if (how === 'after') {
        client.destroy();
        upstream.removeAllListeners('close');
        // The server has to get it whole before its end is seen.
        upstream.end(piece);
      } else upstream.write(piece);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cutAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    part: () => {
      isParted = true;
      cutAll();
    },
    mend: () => {
      isParted = false;
    },
    close: async () => {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
