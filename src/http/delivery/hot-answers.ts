/** Answers with small files of entries that were given lately, by the URL that was asked for. */
import type { HeldFile } from '../../core/cas/held-file.ts';

export interface HotAnswer {
  readonly file: HeldFile;
  /** Of the file, hex. */
  readonly digest: string;
  /** Names and values in turn, as they were sent; each request has its own id. */
  readonly whole: readonly string[];
  readonly notModified: readonly string[];
}

/** Bytes that an answer takes beside its file: headers, URL, and what the system keeps of it. */
const overhead = 4096;

const largestFile = 64 << 10;

/** Bounded by bytes; what was not used for the longest time goes first. */
export class HotAnswers {
  readonly #answers = new Map<string, HotAnswer>();
  readonly #capacity: number;
  #size = 0;

  constructor(capacity = 32 << 20) {
    this.#capacity = capacity;
  }

  /** Bytes, at most the capacity. */
  get size(): number {
    return this.#size;
  }

  /** Whoever uses it asks the file first whether it is current. */
  get(url: string): HotAnswer | undefined {
    const answer = this.#answers.get(url);
    if (answer === undefined) return undefined;
    this.#answers.delete(url);
    this.#answers.set(url, answer);
    return answer;
  }

  keep(url: string, answer: HotAnswer): void {
    if (answer.file.bytes.length > largestFile) return;
    this.drop(url);
    this.#answers.set(url, answer);
    this.#size += weightOf(answer);
    for (const oldest of this.#answers.keys()) {
      if (this.#size <= this.#capacity) return;
      this.drop(oldest);
    }
  }

  drop(url: string): void {
    const answer = this.#answers.get(url);
    if (answer === undefined) return;
    this.#answers.delete(url);
    this.#size -= weightOf(answer);
  }
}

const weightOf = ({ file }: HotAnswer): number => file.bytes.length + overhead;
