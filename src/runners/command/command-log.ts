import { closeSync, openSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { RunRecord } from '../../core/model/command/run-record.ts';
import type { OutputStream } from '../../core/ports/runner.ts';
import type { RunnerContext } from '../../core/ports/runner.ts';
import { rootError } from '../../support/files/io-error.ts';
import { OutputTail } from '../process/output-tail.ts';

/** Takes what a command writes. Resolves once more may come. */
export type OnOutput = (stream: OutputStream, bytes: Uint8Array) => void | Promise<void>;

/** What a command writes, byte for byte and in its order: into a file, to whoever watches, and as text into the job's log. */
export class CommandLog {
  readonly pieces: RunRecord['log'] = [];
  readonly #file: number;
  readonly #onOutput: OnOutput;
  readonly #tail: OutputTail;
  readonly #ends: Promise<void>[] = [];
  readonly #failing = new AbortController();

  /** Aborted once it cannot be kept what the command writes. */
  readonly failed: AbortSignal = this.#failing.signal;

  /** @param file is made */
  constructor(file: string, onOutput: OnOutput, log: RunnerContext['log']) {
    this.#file = openSync(file, 'wx');
    this.#onOutput = onOutput;
    this.#tail = new OutputTail(log);
  }

  follow(output: Readable | null, stream: OutputStream): void {
    if (output === null) return;
    this.#ends.push(
      this.#read(output, stream).catch((error: unknown) => this.#failing.abort(error)),
    );
  }

  lastLines(): readonly string[] {
    return this.#tail.lines();
  }

  /** Once all that was written has been taken. Throws no_space, io_error: why it could not be kept. */
  async close(): Promise<void> {
    await Promise.all(this.#ends);
    closeSync(this.#file);
    if (this.failed.aborted) throw rootError(this.failed.reason, 'keeping what the command writes');
  }

  /** A reader that takes its time slows the command down, and fills no memory. */
  async #read(output: Readable, stream: OutputStream): Promise<void> {
    const decoder = new StringDecoder('utf8');
    try {
      for await (const bytes of output as AsyncIterable<Buffer>) {
        this.#note(stream, bytes);
        this.#tail.write(stream, decoder.write(bytes));
        await this.#onOutput(stream, bytes);
      }
    } catch (error) {
      // A pipe that was let go, for a process holds it that could not be ended.
      if (!output.destroyed) throw error;
    }
    this.#tail.write(stream, decoder.end());
  }

  #note(stream: OutputStream, bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    const last = this.pieces.at(-1);
    if (last?.[0] === stream) last[1] += bytes.length;
    else this.pieces.push([stream, bytes.length]);
  }
}
