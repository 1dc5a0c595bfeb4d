/** How text may look on a stream. A pipe has no width, no colour and no progress. */
export interface Style {
  readonly colour: boolean;
  /** Columns; Infinity if lines may have any length. */
  readonly width: number;
  /** Wall time in milliseconds; relative times count from it. */
  readonly now: number;
}

export type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const codes: Readonly<Record<Tone, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export function paint(style: Style, tone: Tone | undefined, text: string): string {
  if (!style.colour || tone === undefined || text === '') return text;
  const [on, off] = codes[tone];
  return `\u001B[${on}m${text}\u001B[${off}m`;
}
