import type { FastifyReply } from 'fastify';

/** Answers that stay open: waits and event streams. They end when the client leaves or the server closes. */
export class HeldAnswers {
  readonly #limit: number;
  readonly #controllers = new Set<AbortController>();
  #closing = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  /**
   * A signal that is aborted when the client leaves or the server closes. Undefined if as many answers are open
   * as the limit allows.
   */
  signalFor(reply: FastifyReply): AbortSignal | undefined {
    if (this.#controllers.size >= this.#limit) return undefined;
    const controller = new AbortController();
    if (this.#closing || reply.raw.destroyed) controller.abort();
    else this.#controllers.add(controller);
    reply.raw.once('close', () => {
      this.#controllers.delete(controller);
      controller.abort();
    });
    return controller.signal;
  }

  endAll(): void {
    this.#closing = true;
    for (const controller of this.#controllers) controller.abort();
    this.#controllers.clear();
  }
}
