import { eastAsianWidth } from 'get-east-asian-width';

const plain = /^[\u0020-\u007E]*$/;

/** Columns that a text takes in a terminal; `夜` takes two. */
export const textWidth = (text: string): number =>
  plain.test(text) ? text.length : widthOfGraphemes(text);

function widthOfGraphemes(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) width += widthOfGrapheme(segment);
  return width;
}

/** Only the first character of a grapheme has a width. */
function widthOfGrapheme(grapheme: string): number {
  if (/^[\p{Mark}\p{Control}\p{Format}]/u.test(grapheme)) return 0;
  if (/\p{Emoji_Presentation}|\uFE0F/u.test(grapheme)) return 2;
  return eastAsianWidth(grapheme.codePointAt(0) ?? 0);
}

/** The text in at most this many columns. If it is longer, its end becomes `…`. */
export function truncated(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += textWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - textWidth(text)));

/**
 * Text from outside on one line, without control characters. A track id or a log line can then neither
 * break a table nor control the terminal.
 */
export const oneLine = (text: string): string => text.replace(uncontained, ' ');

const uncontained =
  // eslint-disable-next-line no-control-regex -- it looks for these
  /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]+/g;
