interface Queue {
  last: Promise<unknown>;
  /** Who has the turn, and who waits for it. */
  length: number;
}

/** One at a time for each name, in the order in which they came. */
export class KeyedMutex {
  readonly #queues = new Map<string, Queue>();

  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(name);
    const result = before === undefined ? work() : before.last.then(work, work);
    const queue: Queue = before ?? { last: result, length: 0 };
    queue.last = result;
    queue.length += 1;
    this.#queues.set(name, queue);
    const leave = (): void => {
      queue.length -= 1;
      if (queue.length === 0) this.#queues.delete(name);
    };
    result.then(leave, leave);
    return result;
  }

  /** Whether somebody waits for whoever has the turn. */
  isAwaited(name: string): boolean {
    return (this.#queues.get(name)?.length ?? 0) > 1;
  }
}
