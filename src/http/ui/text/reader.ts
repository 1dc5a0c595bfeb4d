/** What a reader of a long text sees of it: one window, moved by scrolling, by jumps, and by what is added at the end. */
import { signal } from '@preact/signals';
import { isAbort, Refusal } from '../data/request.ts';
import {
  endOf,
  fromLineStart,
  grownDown,
  grownUp,
  noText,
  windowOn,
  type Window,
} from './lines.ts';
import type { TextSource } from './source.ts';

const pieceBytes = 256 << 10;

export interface View {
  readonly window: Window;
  /** Of the whole text. */
  readonly size: number;
  /** Rows by which the window moved since the last view: the list scrolls as much, and the reader sees no jump. */
  readonly shift: number;
  /** Rises when the window was put elsewhere. */
  readonly place: number;
  /** Where the reader is taken then. */
  readonly side: 'start' | 'end';
}

export class TextReader {
  readonly view = signal<View>({ window: noText, size: 0, shift: 0, place: 0, side: 'start' });
  /** True if the reader stays at the end while the text grows. */
  readonly follows = signal(false);
  readonly problem = signal<Refusal | undefined>(undefined);
  readonly isLoading = signal(true);
  readonly #source: TextSource;
  readonly #abort = new AbortController();
  #isBusy = false;
  #isStale = false;

  constructor(source: TextSource) {
    this.#source = source;
  }

  close(): void {
    this.#abort.abort();
  }

  openEnd(): Promise<void> {
    return this.#alone(async (signal) => {
      const { bytes, from, size } = await this.#source.tail(pieceBytes, signal);
      this.#put(fromLineStart(bytes, from), Math.max(size, from + bytes.length), 'end');
    });
  }

  openAt(byte: number): Promise<void> {
    return this.#alone(async (signal) => {
      const { bytes, from, size } = await this.#source.read(byte, pieceBytes, signal);
      this.#put(fromLineStart(bytes, from), size, 'start');
    });
  }

  growDown(): Promise<void> {
    return this.#alone(async (signal) => {
      const { window } = this.view.peek();
      const { bytes, size } = await this.#source.read(endOf(window), pieceBytes, signal);
      const grown = grownDown(window, bytes);
      this.#show({ ...grown, size: Math.max(size, endOf(grown.window)) });
    });
  }

  growUp(): Promise<void> {
    return this.#alone(async (signal) => {
      const { window, size } = this.view.peek();
      if (window.from === 0) return;
      const start = Math.max(0, window.from - pieceBytes);
      const piece = await this.#source.read(start, window.from - start, signal);
      const { bytes, from } = fromLineStart(piece.bytes, piece.from);
      this.#show({ ...grownUp(window, bytes, from), size });
    });
  }

  /** The text may have grown. If it grew by more than a piece, the window moves to the end. */
  async grew(): Promise<void> {
    if (this.#isBusy) {
      this.#isStale = true;
      return;
    }
    const { window, size } = this.view.peek();
    if (endOf(window) < size && !this.follows.peek()) return this.#measure();
    await this.growDown();
    const after = this.view.peek();
    if (this.follows.peek() && endOf(after.window) < after.size) await this.openEnd();
  }

  /** The reader is elsewhere: only the size is asked for. */
  #measure(): Promise<void> {
    return this.#alone(async (signal) => {
      const { size } = await this.#source.tail(1, signal);
      this.view.value = { ...this.view.peek(), size, shift: 0 };
    });
  }

  #put(
    { bytes, from }: { bytes: Uint8Array; from: number },
    size: number,
    side: View['side'],
  ): void {
    const { place } = this.view.peek();
    this.view.value = { window: windowOn(bytes, from), size, shift: 0, place: place + 1, side };
  }

  #show(next: Pick<View, 'window' | 'shift' | 'size'>): void {
    this.view.value = { ...this.view.peek(), ...next };
  }

  /** One request at a time: each begins where the last one ended. */
  async #alone(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.isLoading.value = true;
    try {
      await work(this.#abort.signal);
      this.problem.value = undefined;
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof Refusal)) throw error;
      this.problem.value = error;
    } finally {
      this.#isBusy = false;
      this.isLoading.value = false;
    }
    if (!this.#isStale) return;
    this.#isStale = false;
    await this.grew();
  }
}
