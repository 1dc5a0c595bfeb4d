import { byte, byteAt, endOfText } from './json-bytes.ts';
import type { JsonTranscript } from './json-transcript.ts';

/** Copies the string that begins at `position`; only `"`, `\` and U+0000 to U+001F stay escaped. */
export function copyString(text: JsonTranscript): void {
  const start = text.position;
  text.put(byte.quote);
  text.position += 1;
  for (;;) {
    const code = copyPlain(text);
    if (code === byte.quote) break;
    if (code === byte.backslash) copyEscape(text);
    else if (code === endOfText) text.refuse('the string that begins here has no end', start);
    else text.refuse(`${unicode(code)} must be escaped in a string`);
  }
  text.put(byte.quote);
  text.position += 1;
}

/** Copies up to a byte that cannot be copied as it is, and returns that byte. */
function copyPlain(text: JsonTranscript): number {
  const { input, output } = text;
  let at = text.position;
  let end = text.length;
  let code = byteAt(input, at);
  while (code >= 0x20 && code !== byte.quote && code !== byte.backslash) {
    output[end++] = code;
    code = byteAt(input, ++at);
  }
  text.position = at;
  text.length = end;
  return code;
}

function copyEscape(text: JsonTranscript): void {
  const letter = byteAt(text.input, text.position + 1);
  const code = letter === byte.u ? unicodeEscape(text) : escaped.get(letter);
  if (code === undefined)
    text.refuse('a backslash is followed by one of " \\ / b f n r t u in a string');
  if (letter !== byte.u) text.position += 2;
  putCharacter(text, code);
}

/** Reads `\uXXXX`, or two of them that make a surrogate pair. */
function unicodeEscape(text: JsonTranscript): number {
  const start = text.position;
  const unit = codeUnit(text);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const paired =
    unit < 0xdc00 &&
    byteAt(text.input, text.position) === byte.backslash &&
    byteAt(text.input, text.position + 1) === byte.u;
  const low = paired ? codeUnit(text) : 0;
  if (low < 0xdc00 || low > 0xdfff)
    text.refuse(
      `\\u${unit.toString(16)} is one half of a surrogate pair`,
      start,
      'Write both halves, or the character itself.',
    );
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/** Reads one `\uXXXX`. */
function codeUnit(text: JsonTranscript): number {
  const first = text.position + 2;
  let unit = 0;
  for (let at = first; at < first + 4; at++) {
    const digit = hexDigit(byteAt(text.input, at));
    if (digit === -1) text.refuse('\\u is followed by four hexadecimal digits');
    unit = unit * 16 + digit;
  }
  text.position = first + 4;
  return unit;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** Writes a character in canonical form, escaped if necessary. */
function putCharacter(text: JsonTranscript, code: number): void {
  const letter = letters.get(code);
  if (letter !== undefined) {
    text.put(byte.backslash);
    text.put(letter);
  } else if (code < 0x20) putAscii(text, `\\u${code.toString(16).padStart(4, '0')}`);
  else putUtf8(text, code);
}

function putAscii(text: JsonTranscript, ascii: string): void {
  for (let i = 0; i < ascii.length; i++) text.put(ascii.charCodeAt(i));
}

function putUtf8(text: JsonTranscript, code: number): void {
  if (code < 0x80) {
    text.put(code);
    return;
  }
  if (code < 0x800) text.put(0xc0 | (code >> 6));
  else {
    if (code < 0x10000) text.put(0xe0 | (code >> 12));
    else {
      text.put(0xf0 | (code >> 18));
      text.put(0x80 | ((code >> 12) & 0x3f));
    }
    text.put(0x80 | ((code >> 6) & 0x3f));
  }
  text.put(0x80 | (code & 0x3f));
}

const unicode = (code: number): string =>
  `the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

const ascii = (character: string): number => character.charCodeAt(0);

/** The character that each letter after a backslash stands for. */
const escaped: ReadonlyMap<number, number> = new Map(
  Object.entries({
    '"': '"',
    '\\': '\\',
    '/': '/',
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
  }).map(([letter, character]) => [ascii(letter), ascii(character)]),
);

/** The letter of each character that has a short escape; a slash needs none. */
const letters: ReadonlyMap<number, number> = new Map(
  [...escaped].filter(([letter]) => letter !== byte.slash).map(([letter, code]) => [code, letter]),
);

/** Reads the escape whose backslash is at `at` in a canonical string. */
export function readCanonicalEscape(output: Buffer, at: number): { code: number; end: number } {
  const letter = byteAt(output, at + 1);
  if (letter !== byte.u) return { code: escaped.get(letter) ?? letter, end: at + 2 };
  const code = hexDigit(byteAt(output, at + 4)) * 16 + hexDigit(byteAt(output, at + 5));
  return { code, end: at + 6 };
}
