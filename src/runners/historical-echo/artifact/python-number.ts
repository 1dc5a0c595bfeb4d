const plain = /^-?\d+(?:\.\d+)?$/;
const underscored =
  /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i;
const nonFinite = /^([+-]?)(?:(inf|infinity)|nan)$/i;

/**
 * The number that Python's `float()` reads from a text, including NaN and infinities; undefined if `float()` raises.
 */
export function pythonFloat(text: string): number | undefined {
  if (plain.test(text)) return Number(text);
  const trimmed = text.trim();
  if (underscored.test(trimmed)) return Number(trimmed.replaceAll('_', ''));
  const special = nonFinite.exec(trimmed);
  if (special === null) return undefined;
  if (special[2] === undefined) return NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

const integer = /^\s*[+-]?\d+(?:_\d+)*\s*$/;

/** The number that Python's `int()` reads from a text; undefined if `int()` raises. */
export const pythonInt = (text: string): number | undefined =>
  integer.test(text) ? Number(text.replaceAll('_', '')) : undefined;
