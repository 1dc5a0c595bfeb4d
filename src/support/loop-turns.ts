/**
 * Long work beside a server, done in pieces: each turn of the event loop lets one waiter go on, in the order in which
 * they came. However many there are, a request waits for one piece.
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
