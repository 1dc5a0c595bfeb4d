/**
 * The colours that programs write to a terminal, as classes. All other escape sequences and control characters do nothing
 * here, and are left out: a log cannot move a cursor, name a link or set a title on this page.
 */
export interface Span {
  readonly text: string;
  /** Names of classes, or empty. A bright colour looks as the plain one: each is chosen to be read on its ground. */
  readonly look: string;
}

const escapes =
  // CSI; OSC, DCS, APC, PM and SOS up to their end; two-character sequences; what is left of a broken one.
  // eslint-disable-next-line no-control-regex
  /\x1b\[([0-?]*)[ -/]*([@-~])?|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?|\x9b/g;
// Tabs stay. A carriage return within a line writes over it: what came last is what a terminal shows.
// eslint-disable-next-line no-control-regex
const controls = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export const withoutEscapes = (line: string): string =>
  lastWritten(line).replace(escapes, '').replace(controls, '');

export function spansOf(line: string): Span[] {
  const text = lastWritten(line);
  const spans: Span[] = [];
  let style = plain;
  let at = 0;
  const put = (end: number): void => {
    const shown = text.slice(at, end).replace(controls, '');
    if (shown !== '') spans.push({ text: shown, look: lookOf(style) });
  };
  for (const match of text.matchAll(escapes)) {
    put(match.index);
    at = match.index + match[0].length;
    if (match[2] === 'm') style = styled(style, match[1] ?? '');
  }
  put(text.length);
  return spans;
}

const lastWritten = (line: string): string => {
  const trimmed = line.replace(/\r+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1);
};

interface Style {
  readonly fore: number | null;
  readonly back: number | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
}

const plain: Style = {
  ...{ fore: null, back: null },
  ...{ bold: false, dim: false, italic: false, underline: false },
};

function lookOf({ fore, back, bold, dim, italic, underline }: Style): string {
  return [
    fore !== null && `f${fore}`,
    back !== null && `b${back}`,
    bold && 'bold',
    dim && 'dim',
    italic && 'italic',
    underline && 'underline',
  ]
    .filter((name) => name !== false)
    .join(' ');
}

const switches: Readonly<Record<number, Partial<Style>>> = {
  ...{ 1: { bold: true }, 2: { dim: true }, 3: { italic: true }, 4: { underline: true } },
  ...{ 22: { bold: false, dim: false }, 23: { italic: false }, 24: { underline: false } },
  ...{ 39: { fore: null }, 49: { back: null } },
};

function styled(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let next = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    const change = switches[code];
    if (code === 0) next = plain;
    else if (change !== undefined) next = { ...next, ...change };
    else if (code >= 30 && code <= 37) next = { ...next, fore: code - 30 };
    else if (code >= 90 && code <= 97) next = { ...next, fore: code - 90 };
    else if (code >= 40 && code <= 47) next = { ...next, back: code - 40 };
    else if (code >= 100 && code <= 107) next = { ...next, back: code - 100 };
    else if (code === 38 || code === 48) {
      const [colour, taken] = extended(codes.slice(at + 1));
      next = { ...next, [code === 38 ? 'fore' : 'back']: colour };
      at += taken;
    }
  }
  return next;
}

/** The nearest of the eight colours to one of 256 or of 16 million. Gives the number of codes too. */
function extended([kind, first = 0, green = 0, blue = 0]: readonly number[]): [
  number | null,
  number,
] {
  if (kind === 2) return [nearest(first, green, blue), 4];
  if (kind !== 5) return [null, 1];
  if (first < 16) return [first % 8, 2];
  if (first >= 232) return [first < 240 ? 0 : 7, 2];
  const cube = first - 16;
  return [nearest(Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6), 2];
}

function nearest(red: number, green: number, blue: number): number {
  const middle = (Math.max(red, green, blue) + Math.min(red, green, blue)) / 2;
  const part = (value: number): number => (value > middle ? 1 : 0);
  return part(red) + 2 * part(green) + 4 * part(blue) || 7;
}
