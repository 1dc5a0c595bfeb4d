/** Functions that are called after a change: once for all changes of one turn of the event loop, and never within a change. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  #isDue = false;

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** Returns the function that takes it off again. */
  add(listener: () => void): () => void {
    // Wrapped, so that a function that is added twice is two listeners.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  clear(): void {
    this.#listeners.clear();
  }

  call(): void {
    if (this.#isDue || this.isEmpty) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
