/** Answers that were given lately, small files of entries and pointers, by the URL that was asked for. */

export interface CachedAnswer {
  readonly bytes: Buffer;
  /** Of the bytes, hex. */
  readonly digest: string;
  /** Whether the routes would give the same bytes now. To be asked each time before they are used. */
  isCurrent(): boolean;
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

/** Bytes that an answer takes beside its file: headers, URL, and what the system keeps of it. */
const overhead = 4096;

const largestFile = 64 << 10;

/** Bounded by bytes. The oldest answer goes first, unless it was used since it was last considered. */
export class AnswerCache {
  readonly #kept = new Map<string, { readonly answer: CachedAnswer; isUsed: boolean }>();
  readonly #capacity: number;
  #size = 0;

  constructor(capacity = 32 << 20) {
    this.#capacity = capacity;
  }

  /** Bytes, at most the capacity. */
  get size(): number {
    return this.#size;
  }

  /** The caller asks the answer whether it is current before it uses it. */
  get(url: string): CachedAnswer | undefined {
    const kept = this.#kept.get(url);
    if (kept === undefined) return undefined;
    kept.isUsed = true;
    return kept.answer;
  }

  keep(url: string, answer: CachedAnswer): void {
    if (answer.bytes.length > largestFile) return;
    this.drop(url);
    this.#kept.set(url, { answer, isUsed: false });
    this.#size += weightOf(answer);
    this.#makeRoom();
  }

  drop(url: string): void {
    const kept = this.#kept.get(url);
    if (kept === undefined) return;
    this.#kept.delete(url);
    this.#size -= weightOf(kept.answer);
  }

  /** An answer that was used moves to the end of the map, and goes the next time unless it is used again. */
  #makeRoom(): void {
    for (const [url, { answer, isUsed }] of this.#kept) {
      if (this.#size <= this.#capacity) return;
      this.drop(url);
      if (!isUsed) continue;
      this.#kept.set(url, { answer, isUsed: false });
      this.#size += weightOf(answer);
    }
  }
}

const weightOf = ({ bytes }: CachedAnswer): number => bytes.length + overhead;
