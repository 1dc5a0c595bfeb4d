import type { Server } from 'node:http';

/**
 * Sends `100 Continue` once the answers to earlier requests are out, and only if the request is not yet answered itself.
 * `node:http` by itself writes it at once. Where an earlier answer is under way, it keeps it, and then sends the head of
 * the answer, the interim one and the body in this order: the client reads the interim answer as a part of the body.
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
