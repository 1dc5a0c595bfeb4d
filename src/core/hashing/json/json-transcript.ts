import { constants } from 'node:buffer';
import { CabError } from '../../model/errors.ts';
import { byteAt } from './json-bytes.ts';
import { found, syntaxError } from './json-syntax-error.ts';

/**
 * One text that is copied into canonical form: read at `position`, written at `length`. No token is longer than its source,
 * except a number that changes its form. So `output` always has room for the rest of the input, and only `write` must check
 * that.
 */
export class JsonTranscript {
  readonly input: Buffer;
  position = 0;
  output: Buffer;
  length = 0;
  readonly #name: string | undefined;

  constructor(bytes: Uint8Array, name: string | undefined) {
    this.input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#name = name;
    this.output = this.#allocate(bytes.length, bytes.length);
  }

  /** The next byte to read. */
  get next(): number {
    return byteAt(this.input, this.position);
  }

  /** Copies [from, to) of the input. */
  copy(from: number, to: number): void {
    const { input, output } = this;
    let end = this.length;
    for (let at = from; at < to; at++) output[end++] = byteAt(input, at);
    this.length = end;
  }

  put(code: number): void {
    this.output[this.length++] = code;
  }

  /** Writes ASCII text that may be longer than its source; the input is read up to `position`. */
  write(text: string): void {
    this.#reserve(text.length + this.input.length - this.position);
    this.length += this.output.write(text, this.length, 'latin1');
  }

  expected(what: string, at = this.position, hint?: string): never {
    const seen = found(this.input, at);
    this.refuse(`expected ${what}, found ${seen.text}`, at, hint ?? seen.hint);
  }

  refuse(problem: string, at = this.position, hint?: string): never {
    throw syntaxError(this.input, at, problem, this.#name, hint);
  }

  #reserve(room: number): void {
    const needed = this.length + room;
    if (needed <= this.output.length) return;
    const larger = this.#allocate(needed, needed + (needed >>> 1));
    this.output.copy(larger, 0, 0, this.length);
    this.output = larger;
  }

  #allocate(needed: number, wanted: number): Buffer {
    if (needed > maxOutput)
      throw new CabError(
        'input_too_large',
        `${this.#name ?? 'JSON text'}: its canonical form is too large to be held in memory`,
      );
    const size = Math.min(wanted, maxOutput);
    // Small buffers share a piece of memory: a separate one costs more than a small text.
    return size < 2048 ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size);
  }
}

/** Bytes; offsets into the output have 32 bits. */
const maxOutput = Math.min(constants.MAX_LENGTH, 2 ** 32 - 1);
