import type { FastifyBaseLogger } from 'fastify';
import type { HotAnswer } from './delivery/hot-answers.ts';

interface Shared {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

/** The log of answers from memory. What the lines of one have in common is put into words once. */
export class HotLog {
  readonly #logger: FastifyBaseLogger;
  readonly #lines = new WeakMap<HotAnswer, Map<string, FastifyBaseLogger>>();

  constructor(logger: FastifyBaseLogger) {
    this.#logger = logger;
  }

  of(answer: HotAnswer, shared: Shared): FastifyBaseLogger {
    const kind = `${shared.method} ${shared.status}`;
    const lines = this.#lines.get(answer) ?? new Map<string, FastifyBaseLogger>();
    const known = lines.get(kind);
    if (known !== undefined) return known;
    const made = this.#logger.child({ ...shared });
    this.#lines.set(answer, lines.set(kind, made));
    return made;
  }
}
