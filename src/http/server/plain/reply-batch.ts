import type { ServerResponse } from 'node:http';
import { onceTaken } from '../delivery/taken.ts';

/** A whole answer that is made without the routes. It counts as in progress until `over` is called, once. */
export interface Reply {
  readonly status: number;
  /** Alternating names and values. */
  readonly headers: string[];
  /** Undefined if nothing follows the head. */
  readonly body: Buffer | undefined;
  readonly over: (isTaken: boolean) => void;
}

/**
 * Sends all replies of one turn of the event loop together, at its end. The first write to a client that sleeps wakes
 * its process, which costs as much as the rest of a small answer. Replies that follow at once find it awake.
 */
export class ReplyBatch {
  readonly #idleMs: number;
  #waiting: { readonly reply: Reply; readonly response: ServerResponse }[] = [];

  /** Cuts off a client that does not read its answer within `idleMs`. */
  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  send(reply: Reply, response: ServerResponse): void {
    if (this.#waiting.push({ reply, response }) === 1) setImmediate(this.#sendAll);
  }

  readonly #sendAll = (): void => {
    const all = this.#waiting;
    this.#waiting = [];
    for (const { reply, response } of all) this.#sendOne(reply, response);
  };

  #sendOne({ status, headers, body, over }: Reply, response: ServerResponse): void {
    // The client left in the meantime.
    if (response.destroyed) {
      over(false);
      return;
    }
    let isTaken = false;
    onceTaken(response, () => (isTaken = true));
    response.on('close', () => over(isTaken));
    response.writeHead(status, headers);
    response.end(body);
    if (response.writableLength > 0) response.setTimeout(this.#idleMs, () => response.destroy());
  }
}
