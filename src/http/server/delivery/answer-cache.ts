/** Answers that were given lately, small files of entries and pointers, by the URL that was asked for. */
import { BoundedCache } from '../../../support/bounded-cache.ts';

export interface CachedAnswer {
  readonly bytes: Buffer;
  /** Of the bytes, hex. */
  readonly digest: string;
  /** Whether the routes would give the same bytes now. To be asked each time before they are used. */
  readonly isCurrent: () => boolean;
  /** The route's pattern, by which the metrics count it. */
  readonly route: string;
  /** Whether it counts as a file of an entry. */
  readonly isFile: boolean;
  readonly whole: CachedHeaders;
  readonly notModified: CachedHeaders;
}

const idHeader = 'x-request-id';

/** Headers as the routes sent them; each request has its own id. */
export class CachedHeaders {
  /** Names and values in turn, as `writeHead` takes them. */
  readonly #lines: readonly string[];
  readonly #idAt: number;

  /** `x-request-id` is among them; its value is not kept. */
  constructor(...headers: readonly object[]) {
    const own = Object.assign({}, ...headers) as object;
    this.#lines = Object.entries(own).flatMap(([name, value]) => [name, String(value)]);
    this.#idAt = this.#lines.indexOf(idHeader) + 1;
  }

  /** Names and values in turn. */
  linesFor(request_id: string): string[] {
    const lines = this.#lines.slice();
    lines[this.#idAt] = request_id;
    return lines;
  }
}

/** Bytes that an answer takes beside its file: headers, what `lstat` said, URL, and what the system keeps of it. */
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

  /** The caller asks the answer whether it is current before it uses it. */
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

/** A small buffer is a part of a larger one, all of which it keeps in memory. */
function alone(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
