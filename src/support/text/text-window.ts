import { wholeCharacters } from './whole-characters.ts';

/** A part of a text in UTF-8. Positions are bytes. */
export interface TextWindow {
  readonly at: number;
  readonly length: number;
  /** True if it was asked for from the end, so that it begins with a line where one begins within it. */
  readonly isTail: boolean;
}

export interface WindowText {
  readonly text: string;
  readonly from: number;
  readonly next: number;
}

/** Of one character. A shorter window might never get on. */
const least = 4;

/** A negative `from` counts from the end of the text. */
export function windowOf(from: number, most: number, size: number): TextWindow {
  const at = from < 0 ? Math.max(0, size + from) : from;
  return {
    at,
    length: Math.max(0, Math.min(size - at, Math.max(most, least))),
    isTail: from < 0,
  };
}

/** `bytes`: those of the window, or fewer if the text ends earlier. Cuts no character. */
export function textIn(bytes: Buffer, { at, isTail }: TextWindow, size: number): WindowText {
  const begun = bytes.subarray(at === 0 ? 0 : startIn(bytes, isTail));
  const from = at + bytes.length - begun.length;
  const whole = at + bytes.length >= size ? begun : wholeCharacters(begun);
  return { text: whole.toString('utf8'), from, next: from + whole.length };
}

const newline = 0x0a;

function startIn(bytes: Buffer, isTail: boolean): number {
  const line = isTail ? bytes.indexOf(newline) + 1 : 0;
  if (line > 0 && line < bytes.length) return line;
  let start = 0;
  while (start < least - 1 && isContinuation(bytes[start])) start += 1;
  return start;
}

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && (byte & 0xc0) === 0x80;
