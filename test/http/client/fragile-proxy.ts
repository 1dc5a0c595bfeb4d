import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What becomes of the bytes that a server sends over one connection. */
export interface Fate {
  /** The connection is cut once this many have passed. */
  readonly cutAfter?: number;
  /** The byte at this place comes out as another. */
  readonly spoilAt?: number;
}

export interface FragileProxy {
  readonly url: string;
  /** Connections taken so far. */
  readonly connections: number;
  /** What clients sent so far, over all connections. */
  readonly sent: string;
  close(): void;
}

/** Passes TCP connections on to `target`; `fateOf` says what becomes of the n-th, from 0. */
export async function fragileProxy(
  target: string,
  fateOf: (connection: number) => Fate,
): Promise<FragileProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let connections = 0;
  let sent = '';
  const server = createServer((client) => {
    const fate = fateOf(connections);
    connections += 1;
    const upstream = connect(Number(port), hostname);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end).on('close', () => open.delete(socket));
    }
    client.on('data', (chunk) => {
      sent += chunk.toString('latin1');
      upstream.write(chunk);
    });
    client.on('close', end);
    let passed = 0;
    upstream.on('data', (chunk: Buffer) => {
      const { cutAfter = Infinity, spoilAt = -1 } = fate;
      const whole = Buffer.from(chunk);
      const place = spoilAt - passed;
      if (place >= 0 && place < whole.length) whole.writeUInt8(whole.readUInt8(place) ^ 1, place);
      const piece = whole.subarray(0, Math.max(0, cutAfter - passed));
      passed += chunk.length;
      client.write(piece, () => {
        if (passed >= cutAfter) end();
      });
    });
    upstream.on('end', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    get sent() {
      return sent;
    },
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
