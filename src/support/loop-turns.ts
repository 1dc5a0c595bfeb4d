/**
 * Divides long work beside a server into pieces. Each turn of the event loop lets one waiter continue, in the order of the
 * calls. So a request waits for one piece, however many waiters there are.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(this.#letOne);
    });
  }

  readonly #letOne = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#letOne);
  };
}
