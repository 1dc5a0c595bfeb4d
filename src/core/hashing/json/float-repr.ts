import { byte, byteAt } from './json-bytes.ts';

/**
 * Finds the end of the `repr` of a double within the plain decimal (digits, point, digits) from which it was read. The end is
 * that of the decimal, or lies before superfluous zeros. Undefined if the two differ in another way, or may differ.
 *
 * `repr` is the shortest decimal that reads as the double, and of several the closest to it. No two decimals of up to 15 digits
 * read as one double, so such a decimal is its own shortest form. A decimal of 16 or 17 digits, as most floats are printed, is
 * examined. So nearly no number needs a conversion to a double and back.
 *
 * @param whole where the digits begin, after any minus
 * @param point where the point is
 */
export function endOfRepr(
  input: Buffer,
  whole: number,
  point: number,
  fractionEnd: number,
): number | undefined {
  let end = fractionEnd;
  while (end > point + 2 && byteAt(input, end - 1) === byte.zero) end -= 1;

  let first = whole;
  if (byteAt(input, whole) === byte.zero) {
    first = point + 1;
    while (first < end && byteAt(input, first) === byte.zero) first += 1;
    if (first === end) return end;
    // Python writes numbers below 0.0001 with an exponent.
    if (first - point > 4) return undefined;
  } else if (point - whole > 16) return undefined;

  const digits = first > point ? end - first : end - first - 1;
  if (digits <= 15) return end;
  if (digits > 17) return undefined;
  return isRepr(input, first, end, end - point - 1) ? end : undefined;
}

/**
 * Whether 16 or 17 digits, `scale` of them after the point, are the `repr` of the double that they read as.
 *
 * It works in units of the last digit: the decimal is an integer, the sum of `high` and `low`, and the double is `value ×
 * power`. A false "no" only costs time; a "yes" is proved:
 *
 * - Nothing shorter reads as the double. If a decimal with fewer digits did, one of our two neighbours `shorter` and
 *   `shorter + 1` would. Their quotients are correctly rounded, because both operands are exact.
 * - Ours is the closest of its length: it lies within half a unit of the double. `rest` is exact except for its
 *   last rounding. If the decimal is over 2^53, everything within half a unit reads as the double, ours too.
 *   If it is not, `value` is again the correctly rounded quotient of exact operands.
 */
function isRepr(input: Buffer, first: number, end: number, scale: number): boolean {
  const power = powersOfTen[scale] ?? NaN;
  const shorterPower = powersOfTen[scale - 1] ?? NaN;

  // The last eight digits, and the point if it stands among them.
  const lowStart = scale < 8 ? end - 9 : end - 8;
  const leading = digitsOf(input, first, lowStart);
  const low = digitsOf(input, lowStart, end);
  const high = leading * 1e8;
  const shorter = leading * 1e7 + Math.floor(low / 10);
  if (shorter >= Number.MAX_SAFE_INTEGER) return false;

  const decimal = high + low;
  let value = decimal / power;
  let rest = distance(high, low, value, power);
  if (decimal > Number.MAX_SAFE_INTEGER) {
    // The sum was rounded, and then the quotient. One step of Newton's method corrects that.
    value += rest / power;
    rest = distance(high, low, value, power);
  }
  return (
    Math.abs(rest) < 0.4999 &&
    shorter / shorterPower !== value &&
    (shorter + 1) / shorterPower !== value
  );
}

/** The integer of the digits in [from, to), without the point. */
function digitsOf(input: Buffer, from: number, to: number): number {
  let integer = 0;
  for (let at = from; at < to; at++) {
    const code = byteAt(input, at);
    if (code !== byte.point) integer = integer * 10 + (code - byte.zero);
  }
  return integer;
}

/** `high + low - value × power`. The product is in two parts that together are exact, after Dekker. */
function distance(high: number, low: number, value: number, power: number): number {
  const product = value * power;
  const valueHigh = upperHalf(value);
  const valueLow = value - valueHigh;
  const powerHigh = upperHalf(power);
  const powerLow = power - powerHigh;
  const error =
    valueHigh * powerHigh -
    product +
    valueHigh * powerLow +
    valueLow * powerHigh +
    valueLow * powerLow;
  return high - product + low - error;
}

/** The upper 26 bits of a double, after Veltkamp. */
function upperHalf(value: number): number {
  const scaled = value * (2 ** 27 + 1);
  return scaled - (scaled - value);
}

/** 10^0 to 10^22: the powers that a double holds exactly. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** What Python's `repr` gives for a double that is not NaN. */
export function pythonRepr(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const magnitude = Math.abs(value);
  if (magnitude === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (magnitude >= 1e-4 && magnitude < 1e16)
    return Number.isInteger(value) ? `${value}.0` : String(value);
  return value.toExponential().replace(/(?<=e[+-])\d$/, '0$&');
}
