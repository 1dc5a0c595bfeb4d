/** One at a time for each name, in the order in which they came. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const result = before === undefined ? work() : before.then(work, work);
    this.#last.set(name, result);
    const leave = (): void => {
      if (this.#last.get(name) === result) this.#last.delete(name);
    };
    result.then(leave, leave);
    return result;
  }
}
