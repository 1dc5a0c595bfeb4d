/**
 * A window on a long text: neighbouring bytes, and where each of their lines begins. Lines are decoded when they are shown.
 * The window grows at either end, and gives up as much at the other, so that it stays small however long the text is.
 */
const newline = 0x0a;
/** Bytes of a row. A longer line goes on in the next row, so that no row costs more than it shows. */
export const longestRow = 2000;
/** Bytes and rows that a window holds. The rows bound the height of the list, which browsers limit. */
export const mostBytes = 2 << 20;
export const mostRows = 100_000;

export interface Window {
  readonly bytes: Uint8Array;
  /** Of the first byte, in the whole text. */
  readonly from: number;
  /** Of each row, in `bytes`. */
  readonly rows: Uint32Array;
}

export const noText: Window = { bytes: new Uint8Array(), from: 0, rows: new Uint32Array() };

export const endOf = ({ bytes, from }: Window): number => from + bytes.length;

/** `bytes` may begin and end within a line. Rows are not longer than `longestRow`, and hold whole characters. */
export function windowOn(bytes: Uint8Array, from: number): Window {
  const rows: number[] = [];
  for (let at = 0; at < bytes.length;) {
    rows.push(at);
    const end = bytes.indexOf(newline, at);
    const lineEnd = end === -1 ? bytes.length : end + 1;
    at = lineEnd - at <= longestRow ? lineEnd : characterBefore(bytes, at + longestRow);
  }
  return { bytes, from, rows: Uint32Array.from(rows) };
}

/** The nearest byte at or before `at` that begins a character of UTF-8. */
function characterBefore(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > at - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}

const decoder = new TextDecoder();

export function rowText({ bytes, rows }: Window, row: number): string {
  const start = rows[row] ?? 0;
  let end = rows[row + 1] ?? bytes.length;
  if (bytes[end - 1] === newline) end -= 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  return decoder.decode(bytes.subarray(start, Math.max(start, end)));
}

interface Grown {
  readonly window: Window;
  /** Rows that were put before the first row, less those that were taken from there. */
  readonly shift: number;
}

/** With the bytes that follow the window. */
export function grownDown(old: Window, more: Uint8Array): Grown {
  // The last row may go on in the new bytes.
  const kept = old.rows.length === 0 ? 0 : Math.max(0, old.rows.length - 1);
  const whole = windowOn(joined(old.bytes, more), old.from);
  const over = Math.max(rowsOver(whole), 0);
  const first = Math.min(over, kept);
  if (first === 0) return { window: whole, shift: 0 };
  const start = whole.rows[first] ?? 0;
  return {
    window: {
      bytes: whole.bytes.slice(start),
      from: whole.from + start,
      rows: whole.rows.slice(first).map((at) => at - start),
    },
    shift: -first,
  };
}

/** With the bytes that come before the window. */
export function grownUp(old: Window, before: Uint8Array, from: number): Grown {
  const { bytes, rows } = windowOn(joined(before, old.bytes), from);
  const shift = Math.max(0, rows.length - old.rows.length);
  let last = rows.length;
  while (last > 1 && (last > mostRows || (rows[last] ?? bytes.length) > mostBytes)) last -= 1;
  const end = rows[last] ?? bytes.length;
  return { window: { bytes: bytes.slice(0, end), from, rows: rows.slice(0, last) }, shift };
}

/** Rows at the beginning that must go. */
function rowsOver({ bytes, rows }: Window): number {
  const byRows = rows.length - mostRows;
  const surplus = bytes.length - mostBytes;
  if (surplus <= 0) return byRows;
  const byBytes = rows.findIndex((at) => at >= surplus);
  return Math.max(byRows, byBytes === -1 ? rows.length - 1 : byBytes);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Without the part of a line at the beginning, unless the text begins there. */
export function fromLineStart(
  bytes: Uint8Array,
  from: number,
): { bytes: Uint8Array; from: number } {
  if (from === 0) return { bytes, from };
  const end = bytes.indexOf(newline);
  const skipped = end === -1 || end > longestRow ? characterAfter(bytes) : end + 1;
  return { bytes: bytes.subarray(skipped), from: from + skipped };
}

function characterAfter(bytes: Uint8Array): number {
  let at = 0;
  while (at < 4 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
