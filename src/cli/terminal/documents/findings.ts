import { paint, type Style, type Tone } from '../style.ts';
import { padded, textWidth } from '../text-width.ts';

/** What one check of `cab doctor` found. */
export interface Finding {
  /** What was checked, in a few words. */
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem' | 'fixed';
  readonly message: string;
  /** What to do; present if the state is a warning or a problem. */
  readonly hint?: string;
}

const marks: Readonly<Record<Finding['state'], readonly [string, Tone]>> = {
  ok: ['✔', 'green'],
  fixed: ['✔', 'cyan'],
  warning: ['!', 'yellow'],
  problem: ['✖', 'red'],
};

export function findingsText(style: Style, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => textWidth(check)));
  return findings
    .flatMap(({ check, state, message, hint }) => {
      const [mark, tone] = marks[state];
      const line = `${paint(style, tone, mark)} ${padded(check, width)}  ${message}`;
      return hint === undefined
        ? [line]
        : [line, `${' '.repeat(width + 4)}${paint(style, 'dim', hint)}`];
    })
    .join('\n');
}
