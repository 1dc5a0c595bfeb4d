import { CabError } from '../../model/errors.ts';
import { byte, byteAt, endOfText, isContinuation, isDigit } from './json-bytes.ts';

/** An error that says what is wrong in a JSON text, and where: `features.json, line 3, column 7: expected …`. */
export function syntaxError(
  input: Buffer,
  at: number,
  problem: string,
  name = 'JSON text',
  hint?: string,
): CabError {
  const { line, column } = placeOf(input, at);
  return new CabError('invalid_json', `${name}, line ${line}, column ${column}: ${problem}`, {
    details: { line, column },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** What stands at a place instead of the expected token, and what its author may have meant. */
export function found(input: Buffer, at: number): { text: string; hint?: string } {
  const code = byteAt(input, at);
  if (code === endOfText) return { text: 'the end of the text', hint: hints.end };
  if (code === byte.quote) return { text: 'a string' };
  if (isDigit(code)) return { text: 'a number' };
  const word = wordAt(input, at);
  const text = JSON.stringify(word);
  const hint = hints[word];
  return hint === undefined ? { text } : { text, hint };
}

const noComments = 'JSON has no comments.';
const hints: Record<string, string | undefined> & { readonly end: string } = {
  end: 'The text ends too early: was it written to the end?',
  "'": 'JSON puts strings and keys in double quotes.',
  '/': noComments,
  '#': noComments,
  None: 'JSON writes null.',
  True: 'JSON writes true.',
  False: 'JSON writes false.',
  undefined: 'JSON has no undefined; it writes null, or leaves the member out.',
};

/** Lines end with a line feed; a column is one character, however many bytes it takes. */
function placeOf(input: Buffer, at: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let end = input.indexOf(byte.newline); end !== -1 && end < at;) {
    line += 1;
    lineStart = end + 1;
    end = input.indexOf(byte.newline, lineStart);
  }
  let column = 1;
  for (let i = lineStart; i < at; i++) if (!isContinuation(byteAt(input, i))) column += 1;
  return { line, column };
}

/** Adjacent letters, up to a length that suits a message; else one character. */
function wordAt(input: Buffer, at: number): string {
  const text = input.toString('utf8', at, at + 32);
  return /^[A-Za-z]{1,24}/.exec(text)?.[0] ?? String.fromCodePoint(text.codePointAt(0) ?? 0xfffd);
}
