/** Looks for a text in a long one, piece by piece, and keeps the lines that hold it. */
import { withoutEscapes } from './ansi.ts';
import type { TextSource } from './source.ts';

export interface Match {
  /** The byte at which its piece begins: near enough to go there. */
  readonly at: number;
  readonly line: string;
}

export interface Search {
  readonly matches: readonly Match[];
  /** Bytes that were looked at, of `size`. */
  readonly searched: number;
  readonly size: number;
  readonly isEnded: boolean;
}

const pieceBytes = 1 << 20;
export const mostMatches = 5000;
const longestShown = 2000;
const newline = 0x0a;

/** Upper and lower case are the same. Calls `tell` after each piece. @throws as the source, and AbortError */
export async function search(
  source: TextSource,
  wanted: string,
  signal: AbortSignal,
  tell: (found: Search) => void,
): Promise<void> {
  const text = wanted.toLowerCase();
  const decoder = new TextDecoder();
  const matches: Match[] = [];
  for (let at = 0; ;) {
    const piece = await source.read(at, pieceBytes, signal);
    signal.throwIfAborted();
    const end = piece.from + piece.bytes.length;
    const isLast = piece.bytes.length === 0 || end >= piece.size;
    // A line that is cut goes into the next piece, unless it is as long as the piece.
    const cut = isLast
      ? piece.bytes.length
      : piece.bytes.lastIndexOf(newline) + 1 || piece.bytes.length;
    for (const line of linesWith(decoder.decode(piece.bytes.subarray(0, cut)), text)) {
      if (matches.length >= mostMatches) break;
      matches.push({ at: piece.from, line: line.slice(0, longestShown) });
    }
    at = piece.from + cut;
    const isEnded = isLast || matches.length >= mostMatches;
    tell({ matches: [...matches], searched: at, size: piece.size, isEnded });
    if (isEnded) return;
  }
}

/** Goes from hit to hit, so that lines without one cost nothing. */
function* linesWith(text: string, wanted: string): Generator<string> {
  const folded = text.toLowerCase();
  // Folding changes the length of very few texts; then each line is looked at by itself.
  if (folded.length !== text.length) {
    for (const line of text.split('\n')) if (line.toLowerCase().includes(wanted)) yield line;
    return;
  }
  for (let at = folded.indexOf(wanted); at !== -1;) {
    const start = text.lastIndexOf('\n', at - 1) + 1;
    const next = text.indexOf('\n', at);
    const end = next === -1 ? text.length : next;
    const line = text.slice(start, end);
    if (withoutEscapes(line).toLowerCase().includes(wanted)) yield line;
    if (next === -1) return;
    at = folded.indexOf(wanted, end);
  }
}
