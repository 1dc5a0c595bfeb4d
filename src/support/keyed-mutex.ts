interface Queue {
  last: Promise<unknown>;
  /** The holder and those who wait. */
  length: number;
}

/** Lets one caller at a time work under each name, in the order of the calls. */
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

  /** Whether somebody waits for the current holder. */
  isAwaited(name: string): boolean {
    return (this.#queues.get(name)?.length ?? 0) > 1;
  }
}
