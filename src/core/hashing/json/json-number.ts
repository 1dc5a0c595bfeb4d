import { constants } from 'node:buffer';
import { byte, byteAt, isDigit } from './json-bytes.ts';
import { endOfRepr, pythonRepr } from './float-repr.ts';
import type { JsonTranscript } from './json-transcript.ts';

/** Copies the number, or `-Infinity`, that begins at `position`. */
export function copyNumber(text: JsonTranscript): void {
  const { input, position: start } = text;
  const whole = byteAt(input, start) === byte.minus ? start + 1 : start;
  const wholeEnd = endOfDigits(input, whole);
  if (wholeEnd === whole) {
    copyMinusInfinity(text, whole);
    return;
  }
  if (byteAt(input, whole) === byte.zero && wholeEnd > whole + 1)
    text.refuse('a number has no leading zeros', whole);

  const fractionEnd = endOfFraction(text, wholeEnd);
  const end = endOfExponent(text, fractionEnd);
  text.position = end;
  if (end === wholeEnd) copyInteger(text, start, end);
  else
    copyFloat(
      text,
      start,
      end,
      end === fractionEnd ? endOfRepr(input, whole, wholeEnd, end) : undefined,
    );
}

function endOfDigits(input: Buffer, from: number): number {
  let at = from;
  while (isDigit(byteAt(input, at))) at += 1;
  return at;
}

function endOfFraction(text: JsonTranscript, at: number): number {
  if (byteAt(text.input, at) !== byte.point) return at;
  const end = endOfDigits(text.input, at + 1);
  if (end === at + 1) text.expected('a digit after "."', end);
  return end;
}

function endOfExponent(text: JsonTranscript, at: number): number {
  if ((byteAt(text.input, at) | 0x20) !== byte.e) return at;
  const sign = byteAt(text.input, at + 1);
  const digits = sign === byte.plus || sign === byte.minus ? at + 2 : at + 1;
  const end = endOfDigits(text.input, digits);
  if (end === digits) text.expected('a digit of the exponent', end);
  return end;
}

/** Writes -0 as 0: an integer has no negative zero. */
function copyInteger(text: JsonTranscript, start: number, end: number): void {
  const isMinusZero =
    end === start + 2 && text.input[start] === byte.minus && text.input[start + 1] === byte.zero;
  text.copy(isMinusZero ? start + 1 : start, end);
}

function copyMinusInfinity(text: JsonTranscript, at: number): void {
  const word = 'Infinity';
  if (text.input.toString('latin1', at, at + word.length) !== word)
    text.expected('a digit after "-"', at);
  text.copy(text.position, at + word.length);
  text.position = at + word.length;
}

/** `reprEnd` as `endOfRepr` gives it. */
function copyFloat(text: JsonTranscript, start: number, end: number, reprEnd?: number): void {
  if (reprEnd !== undefined) {
    text.copy(start, reprEnd);
    return;
  }
  if (end - start > constants.MAX_STRING_LENGTH) text.refuse('this number is too long', start);
  text.write(pythonRepr(Number(text.input.toString('latin1', start, end))));
}
