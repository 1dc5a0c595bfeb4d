/**
 * What runners wrote, one file a job, `.cab/logs/<job>.log`: all attempts in turn, later ones under a heading.
 * Made with the first output, so that a quiet job costs nothing. Not synced: a log is a help, not a promise.
 */
import { mkdirSync, openSync, closeSync, writeSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import type { Layout } from '../../../stores/local/layout.ts';
import type { LogPiece } from '../broker.ts';

/** What one attempt may write before the rest is dropped: a runner in a loop must not fill the disk. */
const maxAttemptBytes = 32 << 20;
const droppedNote = `\n--- the rest of the output was dropped after ${maxAttemptBytes >> 20} MiB ---\n`;
const maxPieceBytes = 1 << 20;

export const logFile = (layout: Layout, job_id: string): string =>
  join(layout.logs, `${job_id}.log`);

/** Writes synchronously: the lines are there when the runner's process is gone, in the order in which they came. */
export class AttemptLog {
  readonly #layout: Layout;
  readonly #job_id: string;
  readonly #attempt: number;
  #descriptor: number | undefined;
  #bytes = 0;
  #lost = false;

  constructor(layout: Layout, job_id: string, attempt: number) {
    this.#layout = layout;
    this.#job_id = job_id;
    this.#attempt = attempt;
  }

  /** Never fails: a disk that is full must cost the log, not the process that a runner's output happens to reach. */
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

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): number {
    mkdirSync(this.#layout.logs, { recursive: true, mode: 0o700 });
    const descriptor = openSync(logFile(this.#layout, this.#job_id), 'a', 0o600);
    if (this.#attempt > 1) writeSync(descriptor, `--- attempt ${this.#attempt} ---\n`);
    return descriptor;
  }
}

/** At most a mebibyte from byte `from` on; empty where nothing was written. */
export async function readLog(layout: Layout, job_id: string, from: number): Promise<LogPiece> {
  const path = logFile(layout, job_id);
  try {
    const { size } = await stat(path);
    if (from >= size) return { text: '', next: from };
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(Math.min(size - from, maxPieceBytes)),
        0,
        undefined,
        from,
      );
      const whole = wholeCharacters(buffer.subarray(0, bytesRead), from + bytesRead >= size);
      return { text: whole.toString('utf8'), next: from + whole.length };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { text: '', next: from };
    throw error;
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
