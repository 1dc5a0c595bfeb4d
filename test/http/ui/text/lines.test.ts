import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endOf,
  fromLineStart,
  grownDown,
  grownUp,
  longestRow,
  mostBytes,
  mostRows,
  rowText,
  windowOn,
  type Window,
} from '../../../../src/http/ui/text/lines.ts';

const encoder = new TextEncoder();
const windowOf = (text: string, from = 0): Window => windowOn(encoder.encode(text), from);
const texts = (window: Window): string[] =>
  Array.from(window.rows, (_, row) => rowText(window, row));

describe('a window on a text', () => {
  it('has its lines as rows', () => {
    expect(texts(windowOf('one\r\n\ntwo\nthr'))).toEqual(['one', '', 'two', 'thr']);
    expect(texts(windowOf(''))).toEqual([]);
  });

  it('cuts a long line into rows of whole characters, and loses none', () => {
    const line = 'é'.repeat(3000) + '🎹'.repeat(2000);
    const rows = texts(windowOf(line));
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.join('')).toBe(line);
    for (const row of rows) expect(encoder.encode(row).length).toBeLessThanOrEqual(longestRow);
  });

  it('shows the same rows however the text came in pieces', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 30 });
    fc.assert(
      fc.property(lines, fc.array(fc.nat(400), { maxLength: 5 }), (parts, cuts) => {
        const bytes = encoder.encode(parts.join('\n'));
        let window = windowOn(bytes.subarray(0, 0), 0);
        let at = 0;
        for (const cut of [...cuts.map((each) => at + each).sort((a, b) => a - b), bytes.length]) {
          const end = Math.min(Math.max(cut, at), bytes.length);
          window = grownDown(window, bytes.subarray(at, end)).window;
          at = end;
        }
        expect(texts(window)).toEqual(texts(windowOn(bytes, 0)));
      }),
    );
  });

  it('gives up its beginning as it grows at its end, and says by how many rows', () => {
    const line = `${'x'.repeat(99)}\n`;
    const old = windowOf(line.repeat(mostBytes / 100), 500);
    const { window, shift } = grownDown(old, encoder.encode(line.repeat(1000)));
    expect(window.bytes.length).toBeLessThanOrEqual(mostBytes);
    expect(endOf(window)).toBe(endOf(old) + 100_000);
    expect(shift).toBe(-(window.from - old.from) / 100);
    expect(rowText(window, 0)).toBe(line.trimEnd());
  });

  it('gives up its end as it grows at its beginning', () => {
    const line = `${'x'.repeat(99)}\n`;
    const old = windowOf(line.repeat(mostBytes / 100), 100_000);
    const { window, shift } = grownUp(old, encoder.encode(line.repeat(1000)), 0);
    expect([window.from, shift]).toEqual([0, 1000]);
    expect(window.bytes.length).toBeLessThanOrEqual(mostBytes);
  });

  it('has a bound of rows too, for a text of empty lines', () => {
    const { window } = grownDown(
      windowOf('\n'.repeat(mostRows)),
      encoder.encode('\n'.repeat(5000)),
    );
    expect(window.rows.length).toBeLessThanOrEqual(mostRows);
    expect(endOf(window)).toBe(mostRows + 5000);
  });

  it('begins at a line, or at a character of a line that is too long', () => {
    expect(fromLineStart(encoder.encode('rest\nline'), 7)).toEqual({
      bytes: encoder.encode('line'),
      from: 12,
    });
    expect(fromLineStart(encoder.encode('rest\nline'), 0).from).toBe(0);
    const [, ...inside] = encoder.encode(`é${'x'.repeat(longestRow + 10)}`);
    expect(fromLineStart(Uint8Array.from(inside), 9).from).toBe(10);
  });
});
