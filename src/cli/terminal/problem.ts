import { paint, type Style } from './style.ts';
import { visible } from './visible.ts';

/** An error and its hint, for people. `about` names the input if there are several. */
export interface Problem {
  readonly about?: string;
  readonly message: string;
  readonly hint?: string;
  /** `last_lines`: what the runner wrote last. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export function problemText(style: Style, { about, message, hint, details }: Problem): string {
  const shown = style.width === Infinity ? String : visible;
  const subject = about === undefined || message.includes(about) ? '' : `${about}: `;
  const lines = [part(paint(style, 'red', 'error:'), shown(subject + message))];
  for (const line of lastLines(details))
    lines.push(`${paint(style, 'dim', '  |')} ${shown(line)}`.trimEnd());
  if (hint !== undefined && hint !== '')
    lines.push(part(paint(style, 'dim', '  hint:'), shown(hint)));
  return lines.join('\n');
}

const lastLines = (details: Problem['details']): string[] => {
  const lines = details?.['last_lines'];
  return Array.isArray(lines) ? lines.map(String) : [];
};

/** Further lines of a message are indented below the first. */
const part = (label: string, text: string): string =>
  `${label} ${text.trimEnd().split('\n').join('\n       ')}`;
