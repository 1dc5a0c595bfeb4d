import { isUtf8 } from 'node:buffer';
import { byteAt, isContinuation } from './json-bytes.ts';
import type { JsonTranscript } from './json-transcript.ts';

/** Refuses text that is not UTF-8, and a byte order mark. */
export function checkEncoding(text: JsonTranscript): void {
  const { input } = text;
  if (input[0] === 0xef && input[1] === 0xbb && input[2] === 0xbf)
    text.refuse('the text begins with a byte order mark', 0, 'Save it as UTF-8 without the mark.');
  if (isUtf8(input)) return;
  const at = firstInvalid(input);
  const code = byteAt(input, at).toString(16).padStart(2, '0');
  text.refuse(`the text is not UTF-8 (byte 0x${code})`, at, 'Save it as UTF-8.');
}

/** Works in pieces, because a call for each character of a large file would take seconds. */
function firstInvalid(input: Buffer): number {
  let from = 0;
  for (;;) {
    let to = Math.min(from + pieceSize, input.length);
    for (let back = 0; back < 3 && isContinuation(byteAt(input, to)); back++) to -= 1;
    if (!isUtf8(input.subarray(from, to))) break;
    from = to;
  }
  while (isUtf8(input.subarray(from, from + lengthOf(byteAt(input, from)))))
    from += lengthOf(byteAt(input, from));
  return from;
}

const pieceSize = 1 << 16;

/** The number of bytes of the character that starts with `lead`, if one does. */
function lengthOf(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
