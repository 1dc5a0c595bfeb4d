/**
 * Logs as files, one a job, `.cab/logs/<job>.log`. Made with the first output, so that a quiet job costs nothing.
 * Not synced.
 */
import { mkdirSync, openSync, closeSync, writeSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import type { AttemptLog, LogStore } from '../../core/ports/log-store.ts';
import type { LogPiece } from '../../core/model/log-piece.ts';
import { failpoint } from '../../support/failpoints.ts';
import type { Layout } from './layout.ts';

/** What one attempt may write before the rest is dropped: a runner in a loop must not fill the disk. */
const maxAttemptBytes = 32 << 20;
const droppedNote = `\n--- the rest of the output was dropped after ${maxAttemptBytes >> 20} MiB ---\n`;
const maxPieceBytes = 1 << 20;

export class FsLogStore implements LogStore {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  begin(job_id: string, attempt: number): AttemptLog {
    return new LogFile(this.#fileOf(job_id), attempt);
  }

  async read(job_id: string, from: number): Promise<LogPiece> {
    const path = this.#fileOf(job_id);
    try {
      const { size } = await stat(path);
      return from < size ? await readPiece(path, from, size) : { text: '', next: from };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return { text: '', next: from };
      throw error;
    }
  }

  #fileOf(job_id: string): string {
    return join(this.#layout.logs, `${job_id}.log`);
  }
}

/** Writes synchronously: the lines are there when the runner's process is gone, in the order in which they came. */
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
    if (text === '' || this.#lost || this.#bytes >= maxAttemptBytes) return;
    const bytes = Buffer.from(text);
    this.#bytes += bytes.length;
    try {
      failpoint('log.writing');
      this.#descriptor ??= this.#open();
      writeSync(this.#descriptor, this.#bytes < maxAttemptBytes ? bytes : Buffer.from(droppedNote));
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
    if (this.#attempt > 1) writeSync(descriptor, `--- attempt ${this.#attempt} ---\n`);
    return descriptor;
  }
}

async function readPiece(path: string, from: number, size: number): Promise<LogPiece> {
  const handle = await open(path, 'r');
  try {
    const room = Buffer.alloc(Math.min(size - from, maxPieceBytes));
    const { buffer, bytesRead } = await handle.read(room, 0, undefined, from);
    const whole = wholeCharacters(buffer.subarray(0, bytesRead), from + bytesRead >= size);
    return { text: whole.toString('utf8'), next: from + whole.length };
  } finally {
    await handle.close();
  }
}

/** A piece does not end within a character, unless the file does. */
function wholeCharacters(bytes: Buffer, isLast: boolean): Buffer {
  let lead = bytes.length - 1;
  while (lead > bytes.length - 4 && isContinuation(bytes[lead])) lead -= 1;
  const width = widthOf(bytes[lead] ?? 0);
  return !isLast && lead > 0 && lead + width > bytes.length ? bytes.subarray(0, lead) : bytes;
}

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80;

const widthOf = (lead: number): number =>
  lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
