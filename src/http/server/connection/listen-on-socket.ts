import { chmodSync } from 'node:fs';
import type { Server } from 'node:net';

/**
 * Listens so that only this user can connect, because callers on the socket need no token. The directory keeps others
 * out until the socket has its own mode. A umask would do the same, but files that other threads make at that moment
 * would get it as well.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  chmodSync(path, 0o600);
}
