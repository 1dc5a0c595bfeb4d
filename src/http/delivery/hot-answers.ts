/** Answers that were given lately, small files of entries and pointers, by the URL that was asked for. */

export interface HotAnswer {
  readonly bytes: Buffer;
  /** Of the bytes, hex. */
  readonly digest: string;
  /** Whether the routes would give the same bytes now. To be asked each time before they are used. */
  isCurrent(): boolean;
  /** As the figures name it. */
  readonly route: string;
  /** Whether it counts as a file of an entry. */
  readonly isFile: boolean;
  readonly whole: AnswerHead;
  readonly notModified: AnswerHead;
}

/** Headers as they were sent; each request has its own id. */
export class AnswerHead {
  readonly #headers: readonly object[];
  readonly #before: string;
  readonly #after: string;

  /** `x-request-id` is among them; what it says does not count. */
  constructor(...headers: readonly object[]) {
    let before = '';
    let text = '';
    for (const part of headers)
      for (const [name, value] of Object.entries(part))
        if (name === 'x-request-id') {
          before = `${text}x-request-id: `;
          text = '\r\n';
        } else text += `${name}: ${String(value)}\r\n`;
    this.#headers = headers;
    this.#before = before;
    this.#after = text;
  }

  /** Names and values in turn. */
  lines(request_id: string): string[] {
    const own = Object.assign({}, ...this.#headers, { 'x-request-id': request_id }) as object;
    return Object.entries(own).flatMap(([name, value]) => [name, String(value)]);
  }

  /** The same as it goes over the wire. */
  text(request_id: string): string {
    return this.#before + request_id + this.#after;
  }
}

/** Bytes that an answer takes beside its file: headers, URL, and what the system keeps of it. */
const overhead = 4096;

const largestFile = 64 << 10;

/** Bounded by bytes; what came first and was not used since it was last passed over goes first. */
export class HotAnswers {
  readonly #kept = new Map<string, { readonly answer: HotAnswer; isUsed: boolean }>();
  readonly #capacity: number;
  #size = 0;

  constructor(capacity = 32 << 20) {
    this.#capacity = capacity;
  }

  /** Bytes, at most the capacity. */
  get size(): number {
    return this.#size;
  }

  /** Whoever uses it asks it first whether it is current. */
  get(url: string): HotAnswer | undefined {
    const kept = this.#kept.get(url);
    if (kept === undefined) return undefined;
    kept.isUsed = true;
    return kept.answer;
  }

  keep(url: string, answer: HotAnswer): void {
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

  /** What is passed over comes again at the end of the map, and then goes, unless it is used in the meantime. */
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

const weightOf = ({ bytes }: HotAnswer): number => bytes.length + overhead;
