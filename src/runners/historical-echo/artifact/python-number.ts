const plain = /^-?\d+(?:\.\d+)?$/;
const underscored =
  /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i;
const nonFinite = /^([+-]?)(?:(inf|infinity)|nan)$/i;

/** A text as Python's `float()` reads it, NaN and infinities included; undefined where that raises. */
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

/** A text as Python's `int()` reads it; undefined where that raises. */
export const pythonInt = (text: string): number | undefined =>
  integer.test(text) ? Number(text.replaceAll('_', '')) : undefined;
