import {
  attemptHeading,
  droppedNote,
  mostAttemptBytes,
  mostPieceBytes,
  type LogPiece,
} from '../../core/model/job/log-piece.ts';
import type { AttemptLog, LogStore } from '../../core/ports/log-store.ts';
import { textIn, windowOf } from '../../support/text/text-window.ts';

/** By job: the output, in pieces. */
export type StoredLogs = Map<string, Buffer[]>;

/** Logs in memory. They are lost when the process ends. */
export class MemoryLogStore implements LogStore {
  readonly #logs: StoredLogs;

  constructor(logs: StoredLogs = new Map()) {
    this.#logs = logs;
  }

  begin(job_id: string, attempt: number): AttemptLog {
    let bytes = 0;
    const write = (text: string): void => {
      if (text === '' || bytes >= mostAttemptBytes) return;
      if (bytes === 0) this.#append(job_id, attemptHeading(attempt));
      bytes += Buffer.byteLength(text);
      this.#append(job_id, bytes < mostAttemptBytes ? text : droppedNote);
    };
    return { write, close: () => Promise.resolve() };
  }

  async read(job_id: string, from: number, most = mostPieceBytes): Promise<LogPiece> {
    const whole = this.#whole(job_id);
    const size = whole.length;
    const window = windowOf(from, Math.min(most, mostPieceBytes), size);
    const bytes = whole.subarray(window.at, window.at + window.length);
    return { ...textIn(bytes, window, size), size };
  }

  /** Joins the pieces once, so that a log that is read piece by piece is not joined each time. */
  #whole(job_id: string): Buffer {
    const pieces = this.#logs.get(job_id) ?? [];
    if (pieces.length > 1) this.#logs.set(job_id, [Buffer.concat(pieces)]);
    return this.#logs.get(job_id)?.[0] ?? Buffer.alloc(0);
  }

  #append(job_id: string, text: string): void {
    const pieces = this.#logs.get(job_id) ?? [];
    pieces.push(Buffer.from(text));
    this.#logs.set(job_id, pieces);
  }
}
