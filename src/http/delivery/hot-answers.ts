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

  /** Whoever uses it asks the file first whether it is current. */
  get(url: string): HotAnswer | undefined {
    const kept = this.#kept.get(url);
    if (kept === undefined) return undefined;
    kept.isUsed = true;
    return kept.answer;
  }

  keep(url: string, answer: HotAnswer): void {
    if (answer.file.bytes.length > largestFile) return;
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

const weightOf = ({ file }: HotAnswer): number => file.bytes.length + overhead;
