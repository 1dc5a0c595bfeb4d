import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * When a connection is lost, ends answers that wait for an earlier one. `node:http` notifies only the answer whose
 * turn it is. The others would keep their files open, and count as in progress for ever.
 */
export function endQueuedAnswers(server: Server): void {
  const queues = new WeakMap<Socket, Set<ServerResponse>>();
  server.on('request', ({ socket }, response) => {
    if (response.socket !== null) return;
    const queue = queues.get(socket) ?? queueOf(socket);
    queues.set(socket, queue.add(response));
    response.once('socket', () => queue.delete(response));
  });
}

function queueOf(socket: Socket): Set<ServerResponse> {
  const queue = new Set<ServerResponse>();
  socket.once('close', () => {
    for (const response of queue) {
      response.destroy();
      response.emit('close');
    }
  });
  return queue;
}
