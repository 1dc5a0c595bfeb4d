/** What the parts of one watcher share. */
import type { Broker } from '../core/broker.ts';
import type { CabError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Backoff } from './backoff.ts';
import type { Scope } from './scope.ts';
import type { SeenStore } from './seen-store.ts';
import type { WatchEvent, WatchOptions, WatchProblem } from './watcher.ts';

export interface WatchContext {
  readonly broker: Broker;
  readonly scope: Scope;
  readonly seen: SeenStore;
  readonly backoff: Backoff;
  readonly track: string;
  readonly request: NonNullable<WatchOptions['request']>;
  readonly teller: Teller;
  /** Aborted when the watcher closes. */
  readonly signal: AbortSignal;
}

/** Tells the caller and the log what happens; the same warning about the same file once. */
export class Teller {
  readonly #logger: Logger;
  readonly #onEvent: (event: WatchEvent) => void;
  readonly #warned = new Set<string>();

  constructor(logger: Logger, onEvent: (event: WatchEvent) => void) {
    this.#logger = logger;
    this.#onEvent = onEvent;
  }

  tell(event: Exclude<WatchEvent, { type: 'warning' }>): void {
    const { type, path } = event;
    if (isToldByWorker(event)) this.#logger.debug({ path }, `${type}: ${path}`);
    else if (type === 'failed') this.#logger.warn({ path, ...event.problem }, `failed: ${path}`);
    else this.#logger.info({ path }, `${type}: ${path}`);
    this.#onEvent(event);
  }

  warn(path: string, message: string, hint: string): void {
    const key = `${path}\0${message}`;
    if (this.#warned.has(key)) return;
    // Forgetting what was said repeats a word; remembering without end would fill the memory.
    if (this.#warned.size >= mostWarnings) this.#warned.clear();
    this.#warned.add(key);
    this.#logger.warn({ path, hint }, message);
    this.#onEvent({ type: 'warning', path, message, hint });
  }
}

const mostWarnings = 10_000;

/** Who ran the job has said in the log how it ended. */
const isToldByWorker = (event: WatchEvent): boolean =>
  (event.type === 'done' && !event.job.cached) || (event.type === 'failed' && event.job !== null);

export const problemOf = (error: CabError): WatchProblem => ({
  code: error.code,
  message: error.message,
  hint: error.hint,
});
