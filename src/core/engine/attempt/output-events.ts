/**
 * What a runner writes, as events `stdout` and `stderr` of its job: `{text, dropped}`. Gathered, so that one that
 * writes without end costs the job store a row now and then and no more; the log has all of it.
 */
import type { OutputStream } from '../../ports/runner.ts';

/** Rejects where the event could not be stored; it is then lost. */
export type RecordOutput = (
  stream: OutputStream,
  data: { readonly text: string; readonly dropped: number },
) => Promise<void>;

/** Characters of one event; what is written beyond them until it goes out is dropped. */
const mostText = 16 << 10;
/** Characters of all events of an attempt. Later events have no text, and tell followers of the log to look. */
const mostTextInAll = 1 << 20;

/** Between two events of a stream: short at first, longer for a runner that has gone on writing for a minute. */
const intervalMs = 100;
const laterIntervalMs = 1000;
const eventsBefore = 600;

interface Gathered {
  text: string;
  dropped: number;
}

export class OutputEvents {
  readonly #record: RecordOutput;
  readonly #gathered = new Map<OutputStream, Gathered>();
  #closed = false;
  #hurry: () => void = () => undefined;
  #events = 0;
  #room = mostTextInAll;
  #sending: Promise<void> | undefined;

  constructor(record: RecordOutput) {
    this.#record = record;
  }

  write(stream: OutputStream, text: string): void {
    // What a process that outlived its attempt still writes belongs to nothing.
    if (text === '' || this.#closed) return;
    const gathered = this.#gathered.get(stream) ?? { text: '', dropped: 0 };
    const room = Math.min(mostText, this.#room) - gathered.text.length;
    const taken = text.slice(0, Math.max(0, room));
    gathered.text += taken;
    gathered.dropped += text.length - taken.length;
    this.#gathered.set(stream, gathered);
    this.#sending ??= this.#send();
  }

  /** Resolves once all that was written is stored, or could not be. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hurry();
    await this.#sending;
  }

  /** One round at a time: while the store is busy, what comes is gathered, not queued up. */
  async #send(): Promise<void> {
    while (this.#gathered.size > 0) {
      await this.#pause();
      const gathered = [...this.#gathered];
      this.#gathered.clear();
      for (const [stream, { text, dropped }] of gathered) {
        this.#events += 1;
        this.#room = Math.max(0, this.#room - text.length);
        // A cut may have gone through a character.
        await this.#record(stream, { text: text.toWellFormed(), dropped });
      }
    }
    this.#sending = undefined;
  }

  /** No pause any more once it is closed. */
  #pause(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const ms = this.#events < eventsBefore ? intervalMs : laterIntervalMs;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
