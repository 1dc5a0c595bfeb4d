import type { CabError } from '../../core/model/errors.ts';
import type { PointerFile } from '../../core/model/entry/pointer.ts';
import type { Held, ListedPointer, PointerStore } from '../../core/ports/pointer-store.ts';

/**
 * The pointers of a root whose files may be older than what was said of them. An entry tells by its digests whether it is whole; a
 * pointer that is too old looks like any other, so none is read.
 */
export class UnsurePointers implements PointerStore {
  readonly #reason: CabError;

  constructor(reason: CabError) {
    this.#reason = reason;
  }

  read(): Promise<PointerFile | undefined> {
    return Promise.reject(this.#reason);
  }

  hold(): Promise<Held<PointerFile> | undefined> {
    return Promise.reject(this.#reason);
  }

  write(): Promise<void> {
    return Promise.reject(this.#reason);
  }

  remove(): Promise<boolean> {
    return Promise.reject(this.#reason);
  }

  confirm(): Promise<void> {
    return Promise.reject(this.#reason);
  }

  list(): AsyncIterable<ListedPointer> {
    const next = (): Promise<never> => Promise.reject(this.#reason);
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }
}
