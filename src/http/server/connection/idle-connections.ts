import type { Server } from 'node:http';

/**
 * Has `server` close idle connections only while no answer is under way. `node:http` takes a connection as idle as soon as
 * its answer was ended, also if the client has yet to take most of it, and would cut that answer off.
 */
export function keepAnswersWhole(server: Server, isAnswering: () => boolean): void {
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    if (!isAnswering()) closeIdle();
  };
}
