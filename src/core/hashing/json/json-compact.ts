import { byte, byteAt, endOfText, isDigit } from './json-bytes.ts';
import { copyNumber } from './json-number.ts';
import { copyString } from './json-string.ts';
import { JsonTranscript } from './json-transcript.ts';
import { MemberOrder } from './member-order.ts';
import { ByteStack } from './stacks.ts';
import { checkEncoding } from './utf8-check.ts';

/** A text with canonical tokens, whose members still have the order of the source. */
export interface CompactJson {
  readonly output: Buffer;
  /** Which objects are out of order. */
  readonly order: MemberOrder;
}

/** @throws CabError invalid_json */
export function compact(bytes: Uint8Array, name?: string): CompactJson {
  const text = new JsonTranscript(bytes, name);
  checkEncoding(text);
  const compactor = new Compactor(text);
  compactor.run();
  return { output: text.output.subarray(0, text.length), order: compactor.order };
}

/** Keeps open containers on its own stack, so that no nesting is too deep. */
class Compactor {
  readonly order = new MemberOrder();
  readonly #text: JsonTranscript;
  /** The byte that closes each open container. */
  readonly #open = new ByteStack();

  constructor(text: JsonTranscript) {
    this.#text = text;
  }

  run(): void {
    do this.#value();
    while (this.#hasMore());
    if (this.#peek() !== endOfText) this.#text.expected('the end of the text');
  }

  /** Copies a value. For a container that is not empty it copies up to its first scalar or empty container. */
  #value(): void {
    for (;;) {
      const code = this.#peek();
      if (code === byte.openBracket) {
        if (this.#enter(code, byte.closeBracket)) return;
      } else if (code === byte.openBrace) {
        this.order.open(this.#text.length);
        if (this.#enter(code, byte.closeBrace)) return;
        this.#key();
      } else {
        this.#scalar(code);
        return;
      }
    }
  }

  #scalar(code: number): void {
    if (code === byte.quote) copyString(this.#text);
    else if (isDigit(code) || code === byte.minus) copyNumber(this.#text);
    else this.#word(code);
  }

  /** Opens a container. True if the container is empty; it is then closed again. */
  #enter(opening: number, closing: number): boolean {
    this.#text.position += 1;
    this.#text.put(opening);
    this.#open.push(closing);
    if (this.#peek() !== closing) return false;
    this.#leave(closing);
    return true;
  }

  #leave(closing: number): void {
    if (closing === byte.closeBrace) this.order.close(this.#text.output, this.#text.length);
    this.#text.position += 1;
    this.#text.put(closing);
    this.#open.pop();
  }

  /** After a value: closes the containers that end here, and goes to the next value. False at the end of the text. */
  #hasMore(): boolean {
    while (!this.#open.isEmpty) {
      const closing = this.#open.top;
      const code = this.#peek();
      if (code === closing) this.#leave(closing);
      else if (code === byte.comma) {
        this.#comma(closing);
        return true;
      } else this.#text.expected(`"," or "${String.fromCharCode(closing)}"`);
    }
    return false;
  }

  #comma(closing: number): void {
    this.#text.position += 1;
    this.#text.put(byte.comma);
    if (this.#peek() === closing)
      this.#text.expected(
        closing === byte.closeBrace ? 'a key' : 'a value',
        this.#text.position,
        'JSON has no trailing commas.',
      );
    if (closing === byte.closeBrace) this.#key();
  }

  #key(): void {
    const text = this.#text;
    if (this.#peek() !== byte.quote) text.expected('a key in double quotes');
    const start = text.length;
    copyString(text);
    this.order.member(text.output, start, text.length);
    if (this.#peek() !== byte.colon) text.expected('":" after a key');
    text.position += 1;
    text.put(byte.colon);
  }

  #word(code: number): void {
    const text: JsonTranscript = this.#text;
    const word = words.get(code);
    if (word === undefined || !startsWith(text.input, text.position, word))
      text.expected('a value');
    text.copy(text.position, text.position + word.length);
    text.position += word.length;
  }

  /** The next byte that is not white space. Does not consume it. */
  #peek(): number {
    const { input } = this.#text;
    let at = this.#text.position;
    let code = byteAt(input, at);
    while (
      code === byte.space ||
      code === byte.newline ||
      code === byte.carriageReturn ||
      code === byte.tab
    )
      code = byteAt(input, ++at);
    this.#text.position = at;
    return code;
  }
}

/** By their first byte. `NaN` and `Infinity` are not JSON, but Python reads and writes them. */
const words = new Map(
  ['null', 'true', 'false', 'NaN', 'Infinity'].map((word) => [word.charCodeAt(0), word]),
);

function startsWith(input: Buffer, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++)
    if (byteAt(input, at + i) !== word.charCodeAt(i)) return false;
  return true;
}
