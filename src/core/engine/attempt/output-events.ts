/**
 * Turns the output of a runner into events `stdout` and `stderr` of its job: `{text, dropped}`. The output is buffered, so that
 * a runner that writes without end costs the job store only a row now and then. The log has the full output.
 */
import type { OutputData } from '../../model/job/job-event.ts';
import type { OutputStream } from '../../ports/runner.ts';

/** Rejects if the event could not be stored; the event is then lost. */
export type RecordOutput = (stream: OutputStream, data: OutputData) => Promise<void>;

/** Characters of one event. Further output before the event is sent is dropped. */
const mostText = 16 << 10;
/** Characters of all events of an attempt. Later events have no text; they only tell followers that the log has more. */
const mostTextInAll = 1 << 20;

/** Between two events of a stream. Short at first, longer if the runner has written for a minute. */
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
    // A process that outlived its attempt may still write. That output belongs to no attempt.
    if (text === '' || this.#closed) return;
    const gathered = this.#gathered.get(stream) ?? { text: '', dropped: 0 };
    const room = Math.min(mostText, this.#room) - gathered.text.length;
    const taken = text.slice(0, Math.max(0, room));
    gathered.text += taken;
    gathered.dropped += text.length - taken.length;
    this.#gathered.set(stream, gathered);
    this.#sending ??= this.#send();
  }

  /** Resolves when all output is stored, or could not be stored. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hurry();
    await this.#sending;
  }

  /** Sends one round at a time: while the store is busy, new output is buffered instead of queued. */
  async #send(): Promise<void> {
    while (this.#gathered.size > 0) {
      await this.#pause();
      const gathered = [...this.#gathered];
      this.#gathered.clear();
      for (const [stream, { text, dropped }] of gathered) {
        this.#events += 1;
        this.#room = Math.max(0, this.#room - text.length);
        // The cut may have split a character.
        await this.#record(stream, { text: text.toWellFormed(), dropped });
      }
    }
    this.#sending = undefined;
  }

  /** No more pauses after `close`. */
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
