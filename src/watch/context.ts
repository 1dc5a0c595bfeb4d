/** What the parts of one watcher share. */
import type { Broker } from '../core/engine/broker.ts';
import type { CabError } from '../core/model/errors.ts';
import type { SeenFiles } from '../core/ports/seen-files.ts';
import type { Backoff } from './backoff.ts';
import type { FileFilter } from './file-filter.ts';
import type { WatchEvent, WatchOptions, WatchProblem } from './watcher.ts';

export interface WatchContext {
  readonly broker: Broker;
  readonly scope: FileFilter;
  readonly seen: SeenFiles;
  readonly backoff: Backoff;
  readonly track: string;
  readonly request: NonNullable<WatchOptions['request']>;
  readonly fence: WatchOptions['fence'];
  readonly teller: Teller;
  /** Aborted when the watcher closes. */
  readonly signal: AbortSignal;
}

/** Reports events to the caller. Reports the same warning about the same file only once. */
export class Teller {
  readonly #onEvent: (event: WatchEvent) => void;
  readonly #warned = new Set<string>();

  constructor(onEvent: (event: WatchEvent) => void) {
    this.#onEvent = onEvent;
  }

  tell(event: Exclude<WatchEvent, { type: 'warning' }>): void {
    this.#onEvent(event);
  }

  warn(path: string, message: string, hint: string): void {
    const key = `${path}\0${message}`;
    if (this.#warned.has(key)) return;
    // After this, a warning may be reported twice. Without it, the set would grow without limit.
    if (this.#warned.size >= mostWarnings) this.#warned.clear();
    this.#warned.add(key);
    this.#onEvent({ type: 'warning', path, message, hint });
  }
}

const mostWarnings = 10_000;

export const problemOf = (error: CabError): WatchProblem => ({
  code: error.code,
  message: error.message,
  hint: error.hint,
});
