/**
 * Text from outside as a terminal may show it: what would drive the terminal, or turn text around, is seen instead
 * (`^[` for Escape, `\\x9b`, `\\u202e`). Lines and tabs stay, and so do the colours that `paint` gives where it is told so.
 */
export const visible = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(driving, shown);

/** As `visible`, for what cab has painted. */
export const visiblePainted = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(drivingOrPaint, (found) => (found.length > 1 ? found : shown(found)));

/** As `visible`, for JSON: the same value, in escapes of its own. */
export const visibleJson = (json: string): string => json.replace(driving, unicodeEscape);

const driving =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** The colours of `paint` first: they begin with what drives a terminal. */
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
