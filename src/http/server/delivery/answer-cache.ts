/** Recent answers with small files of entries and pointers, by the URL that was requested. */
import { BoundedCache } from '../../../support/bounded-cache.ts';

export interface CachedAnswer {
  readonly bytes: Buffer;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
  /** Whether the routes would give the same bytes now. Must be called before each use. */
  readonly isCurrent: () => boolean;
  /** The route's pattern, which labels the answer in the metrics. */
  readonly route: string;
  /** Whether the metrics count it as a file of an entry. */
  readonly isFile: boolean;
  readonly whole: CachedHeaders;
  readonly notModified: CachedHeaders;
}

const idHeader = 'x-request-id';

/** Headers as the routes sent them. Each request gets its own id. */
export class CachedHeaders {
  /** Alternating names and values, as `writeHead` takes them. */
  readonly #lines: readonly string[];
  readonly #idAt: number;

  /** The headers include `x-request-id`, whose value is not kept. */
  constructor(...headers: readonly object[]) {
    const own = Object.assign({}, ...headers) as object;
    this.#lines = Object.entries(own).flatMap(([name, value]) => [name, String(value)]);
    this.#idAt = this.#lines.indexOf(idHeader) + 1;
  }

  /** Alternating names and values. */
  linesFor(request_id: string): string[] {
    const lines = this.#lines.slice();
    lines[this.#idAt] = request_id;
    return lines;
  }
}

/**
 * Bytes that an answer takes beside its file: headers, the result of `lstat`, URL, and what the system keeps for it.
 */
const overhead = 6144;

const largestFile = 64 << 10;

export class AnswerCache {
  readonly #answers: BoundedCache<CachedAnswer>;

  constructor(capacity = 32 << 20) {
    const weigh = ({ bytes }: CachedAnswer, url: string): number =>
      bytes.length + 2 * url.length + overhead;
    this.#answers = new BoundedCache({ capacity, weigh });
  }

  /** Bytes, at most the capacity. */
  get size(): number {
    return this.#answers.size;
  }

  /** The caller must check `isCurrent` before it uses the answer. */
  get(url: string): CachedAnswer | undefined {
    return this.#answers.get(url);
  }

  keep(url: string, answer: CachedAnswer): void {
    if (answer.bytes.length > largestFile) return;
    this.#answers.set(url, { ...answer, bytes: alone(answer.bytes) });
  }

  drop(url: string): void {
    this.#answers.delete(url);
  }
}

/** Copies a small buffer, because it is part of a larger one and would keep all of that in memory. */
function alone(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
