/**
 * Logs of a queue that machines share: one object a run, `.cab/logs/<job>/<attempt>.<n>`. While an attempt runs, its log is in
 * the root of its machine, and read there alone.
 */
import { CabError } from '../../core/model/errors.ts';
import { mostPieceBytes, type LogPiece } from '../../core/model/job/log-piece.ts';
import type { AttemptLog, LogStore } from '../../core/ports/log-store.ts';
import { textIn, windowOf } from '../../support/text/text-window.ts';
import type { Bucket } from './connection/bucket.ts';
import { bytesBody } from './connection/request-body.ts';
import { logFolder, logKey } from './object-keys.ts';

/** The logs in the root of this machine. */
export interface LogsHere extends LogStore {
  /** Bytes; 0 if there is none. */
  sizeOf(job_id: string): Promise<number>;
  /** Fewer bytes if the log ends earlier. */
  bytesOf(job_id: string, at: number, length: number): Promise<Buffer>;
  remove(job_id: string): Promise<void>;
}

/** Of one attempt. A worker that is told to stop hands its jobs back, and they run again. */
const mostRuns = 1000;

/** A piece of a log that lies in one place. */
interface Part {
  /** Bytes. */
  readonly size: number;
  readonly read: (at: number, length: number) => Promise<Buffer>;
}

export class S3LogStore implements LogStore {
  readonly #bucket: Bucket;
  readonly #here: LogsHere;

  constructor(bucket: Bucket, here: LogsHere) {
    this.#bucket = bucket;
    this.#here = here;
  }

  begin(job_id: string, attempt: number): AttemptLog {
    const log = this.#here.begin(job_id, attempt);
    return {
      write: (text) => log.write(text),
      close: async () => {
        await log.close();
        await this.#send(job_id, attempt);
      },
    };
  }

  async read(job_id: string, from: number, most = mostPieceBytes): Promise<LogPiece> {
    const parts = await this.#parts(job_id);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    const window = windowOf(from, Math.min(most, mostPieceBytes), size);
    const pieces: Buffer[] = [];
    let begin = 0;
    for (const part of parts) {
      const at = Math.max(0, window.at - begin);
      const length = Math.min(part.size, window.at + window.length - begin) - at;
      if (length > 0) pieces.push(await part.read(at, length));
      begin += part.size;
    }
    return { ...textIn(Buffer.concat(pieces), window, size), size };
  }

  /**
   * What is in the root is sent whole and removed: the attempt, and what one before it left here when its process died. What
   * cannot be sent stays, and goes with the next attempt on this machine.
   */
  async #send(job_id: string, attempt: number): Promise<void> {
    try {
      const size = await this.#here.sizeOf(job_id);
      if (size === 0) return;
      const bytes = await this.#here.bytesOf(job_id, 0, size);
      const body = bytesBody(bytes);
      const object = { body, contentType: 'text/plain' };
      for (let nth = 1; nth < mostRuns; nth++) {
        const key = logKey(job_id, attempt, nth);
        const outcome = await this.#bucket.putNew(key, object);
        // Its own, if the answer to an earlier try was lost.
        if (outcome === 'created' || (await this.#bucket.head(key))?.sha256 === body.sha256) {
          await this.#here.remove(job_id);
          return;
        }
      }
    } catch (error) {
      if (!(error instanceof CabError)) throw error;
    }
  }

  /** In their order; the one in the root is the latest. */
  async #parts(job_id: string): Promise<readonly Part[]> {
    const before = await this.#here.sizeOf(job_id);
    const sent = await this.#sent(job_id);
    const here = await this.#here.sizeOf(job_id);
    // It was sent after the listing, or in the middle of it.
    if (before > 0 && here === 0) return this.#sent(job_id);
    if (here === 0) return sent;
    return [...sent, { size: here, read: (at, most) => this.#here.bytesOf(job_id, at, most) }];
  }

  async #sent(job_id: string): Promise<readonly Part[]> {
    const parts: Part[] = [];
    for await (const page of this.#bucket.list(logFolder(job_id)))
      for (const { key, size } of page)
        parts.push({ size, read: (at, length) => this.#bucket.part(key, at, length) });
    return parts;
  }
}
