import { isCabError } from '../../../core/model/errors.ts';
import { Listeners } from '../../../support/listeners.ts';
import type { Database } from './database.ts';

/** Milliseconds between two looks at what other processes have committed. A look takes some microseconds. */
const pollInterval = 20;

/** Notifies listeners of commits: at once for this connection, and by polling for others. */
export class Changes {
  readonly #database: Database;
  readonly #listeners = new Listeners();
  #timer: NodeJS.Timeout | undefined;
  #version: unknown;

  constructor(database: Database) {
    this.#database = database;
    database.onCommit(() => this.#listeners.call());
  }

  add(listener: () => void): () => void {
    const remove = this.#listeners.add(listener);
    this.#start();
    return () => {
      remove();
      if (this.#listeners.isEmpty) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  /** Reads the version at once, so that no commit between now and the first poll is missed. */
  #start(): void {
    if (this.#timer !== undefined) return;
    this.#version = this.#currentVersion();
    this.#timer = setInterval(() => this.#poll(), pollInterval).unref();
  }

  #poll(): void {
    const version = this.#currentVersion();
    if (version === this.#version) return;
    this.#version = version;
    this.#listeners.call();
  }

  /**
   * If the file cannot be read now, the error is the version. It differs from any other, so listeners look and get
   * the error themselves.
   */
  #currentVersion(): unknown {
    try {
      return this.#database.dataVersion();
    } catch (error) {
      if (isCabError(error)) return error;
      throw error;
    }
  }
}
