import type { FastifyBaseLogger } from 'fastify';
import type { HotAnswer } from './delivery/hot-answers.ts';
import type { Asked } from './delivery/plain.ts';
import { shortUrl } from './routing.ts';

/** The log of answers from memory. What the lines of one have in common is put into words once. */
export class HotLog {
  readonly #logger: FastifyBaseLogger;
  readonly #lines = new WeakMap<HotAnswer, Map<string, FastifyBaseLogger>>();

  constructor(logger: FastifyBaseLogger) {
    this.#logger = logger;
  }

  of(answer: HotAnswer, { method = '', url = '' }: Asked, status: number): FastifyBaseLogger {
    const kind = `${method} ${status}`;
    const lines = this.#lines.get(answer) ?? new Map<string, FastifyBaseLogger>();
    const known = lines.get(kind);
    if (known !== undefined) return known;
    const made = this.#logger.child({ method, url: shortUrl(url), status });
    this.#lines.set(answer, lines.set(kind, made));
    return made;
  }
}
