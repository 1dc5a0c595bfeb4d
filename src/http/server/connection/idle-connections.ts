import type { Server } from 'node:http';

/**
 * Makes `server` close idle connections only if no answer is in progress. `node:http` counts a connection as idle
 * once its answer was ended, even if the client has not read most of it, and would cut that answer off.
 */
export function keepAnswersWhole(server: Server, isAnswering: () => boolean): void {
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    if (!isAnswering()) closeIdle();
  };
}
