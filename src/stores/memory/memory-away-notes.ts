import type { AwayNotes } from '../../core/ports/upstream.ts';

export class MemoryAwayNotes implements AwayNotes {
  readonly #foundAt = new Map<string, number>();

  async since(name: string): Promise<number | undefined> {
    const at = this.#foundAt.get(name);
    return at === undefined ? undefined : performance.now() - at;
  }

  async set(name: string, isAway: boolean): Promise<boolean> {
    if (isAway) this.#foundAt.set(name, performance.now());
    else this.#foundAt.delete(name);
    return true;
  }
}
