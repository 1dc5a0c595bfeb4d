import { paint, type Style, type Tone } from './style.ts';
import { oneLine, padded, textWidth, truncated } from './text-width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | undefined;
  /** Shrinks if the table is wider than the terminal, to this many columns at least (`true`: 8). Columns with a number shrink last. */
  readonly shrinks?: true | number;
  /** The column is left out if the table still does not fit; the lowest number first. */
  readonly drops?: number;
  readonly alignRight?: true;
}

const gap = '  ';
const usualLeast = 8;

/** Rows under titles. Each column is as wide as its widest cell. A column without text is left out. */
export function table<Row>(
  style: Style,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  const filled = columns
    .map((column) => filledOf(column, rows))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  dropLeast(style, filled);
  const widths = fitted(style, filled);
  const line = (cells: readonly string[], tones: readonly (Tone | undefined)[]): string =>
    filled
      .map(({ column }, at) => {
        const width = widths[at] ?? 0;
        const cell = truncated(cells[at] ?? '', width);
        const fill = ' '.repeat(width - textWidth(cell));
        const text = paint(style, tones[at], cell);
        return column.alignRight === true ? fill + text : text + fill;
      })
      .join(gap)
      .trimEnd();
  const head = line(
    filled.map(({ column }) => column.title),
    filled.map(() => 'dim'),
  );
  const body = rows.map((row, at) =>
    line(
      filled.map(({ cells }) => cells[at] ?? ''),
      filled.map(({ column }) => column.tone?.(row)),
    ),
  );
  return [head, ...body].join('\n');
}

interface Filled<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  /** The width that the column wants, and the least that it accepts. */
  readonly width: number;
  readonly least: number;
}

function filledOf<Row>(column: Column<Row>, rows: readonly Row[]): Filled<Row> {
  const cells = rows.map((row) => oneLine(column.cell(row)));
  const width = cells.reduce(
    (widest, cell) => Math.max(widest, textWidth(cell)),
    textWidth(column.title),
  );
  const least = column.shrinks === true ? usualLeast : (column.shrinks ?? width);
  return { column, cells, width, least: Math.min(least, width) };
}

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));

function dropLeast<Row>(style: Style, columns: Filled<Row>[]): void {
  while (total(columns.map(({ least }) => least)) > style.width) {
    const [first] = columns
      .map(({ column: { drops } }, at) => ({ drops: drops ?? Infinity, at }))
      .sort((a, b) => a.drops - b.drops);
    if (first === undefined || first.drops === Infinity) return;
    columns.splice(first.at, 1);
  }
}

function fitted<Row>(style: Style, columns: readonly Filled<Row>[]): number[] {
  const widths = columns.map(({ width }) => width);
  const leastOf = (at: number): number => columns[at]?.least ?? 0;
  const canShrink = (width: number, at: number): boolean => width > leastOf(at);
  const givesWay = (width: number, at: number): boolean =>
    columns[at]?.column.shrinks === true && canShrink(width, at);
  for (let excess = total(widths) - style.width; excess > 0;) {
    const counts = widths.some(givesWay) ? givesWay : canShrink;
    const [widest = 0, next = 0] = widths.filter(counts).sort((a, b) => b - a);
    const at = widths.findIndex((width, index) => width === widest && counts(width, index));
    if (at === -1) break;
    // The widest column shrinks to the next one, then both in turn, so that a long key does not cost the name its width.
    const less = Math.min(excess, Math.max(1, widest - Math.max(next, leastOf(at))));
    widths[at] = widest - less;
    excess -= less;
  }
  return widths;
}

export type Field = readonly [name: string, value: string, tone?: Tone | undefined];

/** Names and values, one pair a line, with aligned values. A value of several lines stays in its column. */
export function fields(style: Style, rows: readonly Field[]): string {
  const width = Math.max(...rows.map(([name]) => textWidth(name)));
  return rows
    .map(([name, value, tone]) => {
      const indent = ' '.repeat(width + gap.length);
      const [first = '', ...rest] = value
        .split('\n')
        .map((line) => paint(style, tone, oneLine(line)));
      const lines = [first, ...rest.map((line) => indent + line)];
      return paint(style, 'dim', padded(name, width)) + gap + lines.join('\n');
    })
    .join('\n');
}
