import { isCabError } from '../../../core/model/errors.ts';
import type { Database } from './database.ts';

/** Milliseconds between two looks at what other processes have committed; a look takes some microseconds. */
const pollInterval = 20;

/** Tells listeners of commits: this connection's directly, those of others by polling. */
export class Changes {
  readonly #database: Database;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #version: unknown;
  #scheduled = false;

  constructor(database: Database) {
    this.#database = database;
    database.onCommit(() => this.#schedule());
  }

  add(listener: () => void): () => void {
    // Wrapped, so that one function given twice is two listeners.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    this.#start();
    return () => {
      this.#listeners.delete(entry);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  /** The version is taken at once: a commit between this and the first look must not be missed. */
  #start(): void {
    if (this.#timer !== undefined) return;
    this.#version = this.#currentVersion();
    this.#timer = setInterval(() => this.#poll(), pollInterval).unref();
  }

  #poll(): void {
    const version = this.#currentVersion();
    if (version === this.#version) return;
    this.#version = version;
    this.#schedule();
  }

  /** Where the file cannot be read just now: unlike any other, so that listeners look, and meet the error themselves. */
  #currentVersion(): unknown {
    try {
      return this.#database.dataVersion();
    } catch (error) {
      if (isCabError(error)) return error;
      throw error;
    }
  }

  /** Several commits of one turn are one call; and a listener never runs inside the call that committed. */
  #schedule(): void {
    if (this.#scheduled || this.#listeners.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
