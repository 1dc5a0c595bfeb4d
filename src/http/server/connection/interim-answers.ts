import type { Server } from 'node:http';

/**
 * Sends `100 Continue` after the answers to earlier requests, and only if the request itself has no answer yet.
 * `node:http` alone fails if an earlier answer is in progress:
 *
 *   1. It writes the interim answer at once, and buffers it.
 *   2. It sends the head of the earlier answer, then the interim answer, then the body.
 *   3. The client reads the interim answer as part of the body.
 */
export function sendInterimAnswers(server: Server): void {
  server.on('checkContinue', (request, response) => {
    const goOn = (): void => {
      if (!response.headersSent) response.writeContinue();
    };
    if (response.socket === null) response.once('socket', goOn);
    else goOn();
    server.emit('request', request, response);
  });
}
