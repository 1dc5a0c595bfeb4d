/**
 * The logs of jobs: one file a job, `.cab/logs/<job>.log`. The first output creates the file, so a quiet job costs
 * nothing. Logs are not synced.
 */
import { closeSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import type { AttemptLog, LogStore } from '../../core/ports/log-store.ts';
import {
  attemptHeading,
  droppedNote,
  mostAttemptBytes,
  mostPieceBytes,
  type LogPiece,
} from '../../core/model/job/log-piece.ts';
import { failpoint } from '../../support/failpoints.ts';
import { textIn, windowOf, type TextWindow } from '../../support/text/text-window.ts';
import type { Layout } from './layout.ts';

export class FsLogStore implements LogStore {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  begin(job_id: string, attempt: number): AttemptLog {
    return new LogFile(this.#fileOf(job_id), attempt);
  }

  async read(job_id: string, from: number, most = mostPieceBytes): Promise<LogPiece> {
    const path = this.#fileOf(job_id);
    try {
      const { size } = await stat(path);
      const window = windowOf(from, Math.min(most, mostPieceBytes), size);
      const bytes = window.length > 0 ? await bytesIn(path, window) : Buffer.alloc(0);
      return { ...textIn(bytes, window, size), size };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      const at = Math.max(0, from);
      return { text: '', from: at, next: at, size: 0 };
    }
  }

  /** Bytes; 0 if there is none. */
  async sizeOf(job_id: string): Promise<number> {
    return statSync(this.#fileOf(job_id), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Fewer bytes if the log ends earlier. */
  async bytesOf(job_id: string, at: number, length: number): Promise<Buffer> {
    try {
      return await bytesIn(this.#fileOf(job_id), { at, length, isTail: false });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      return Buffer.alloc(0);
    }
  }

  async remove(job_id: string): Promise<void> {
    await rm(this.#fileOf(job_id), { force: true });
  }

  #fileOf(job_id: string): string {
    return join(this.#layout.logs, `${job_id}.log`);
  }
}

/** Writes synchronously: when the runner's process is gone, all its lines are there, in their order. */
class LogFile implements AttemptLog {
  readonly #file: string;
  readonly #attempt: number;
  #descriptor: number | undefined;
  #bytes = 0;
  #lost = false;

  constructor(file: string, attempt: number) {
    this.#file = file;
    this.#attempt = attempt;
  }

  write(text: string): void {
    if (text === '' || this.#lost || this.#bytes >= mostAttemptBytes) return;
    const bytes = Buffer.from(text);
    this.#bytes += bytes.length;
    try {
      failpoint('log.writing');
      this.#descriptor ??= this.#open();
      writeSync(
        this.#descriptor,
        this.#bytes < mostAttemptBytes ? bytes : Buffer.from(droppedNote),
      );
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      this.#lost = true;
    }
  }

  async close(): Promise<void> {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): number {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const descriptor = openSync(this.#file, 'a', 0o600);
    if (this.#attempt > 1) writeSync(descriptor, attemptHeading(this.#attempt));
    return descriptor;
  }
}

async function bytesIn(path: string, { at, length }: TextWindow): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, undefined, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
