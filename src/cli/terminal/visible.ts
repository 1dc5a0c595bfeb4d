/**
 * Text from outside for a terminal. Characters that control the terminal or reverse text become visible
 * (`^[` for Escape, `\\x9b`, `\\u202e`). Line ends and tabs stay, and colours of `paint` if asked.
 */
export const visible = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(driving, shown);

/** Like `visible`, but keeps the colours of `paint`. */
export const visiblePainted = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(drivingOrPaint, (found) => (found.length > 1 ? found : shown(found)));

/** Like `visible`, for JSON: the same value, with JSON escapes. */
export const visibleJson = (json: string): string => json.replace(driving, unicodeEscape);

const driving =
  // eslint-disable-next-line no-control-regex -- it looks for these
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** The colours of `paint` come first, because they begin with a control character. */
const drivingOrPaint = new RegExp(
  String.raw`\u001B\[(?:1|2|3[1236]|22|39)m|${driving.source}`,
  'g',
);

function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `^${String.fromCharCode(code ^ 0x40)}`;
  if (code < 0x100) return `\\x${code.toString(16)}`;
  return unicodeEscape(character);
}

const unicodeEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
