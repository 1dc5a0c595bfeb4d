/** A value to write: a `number` is a float, a `bigint` an integer. */
export type ArtifactValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ArtifactValue[]
  | { readonly [key: string]: ArtifactValue };

/** Canonical JSON: sorted keys, no spaces, floats as Python's `repr`. Keys are ASCII. */
export function artifactJson(value: ArtifactValue): string {
  if (typeof value === 'number') return floatText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(artifactJson).join(',')}]`;
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${artifactJson(field)}`).join(',')}}`;
}

/** `Array.isArray` does not narrow the type to a read-only list. */
const isList = (value: object): value is readonly ArtifactValue[] => Array.isArray(value);

/**
 * Python and JavaScript choose the same shortest digits. They differ in when the exponent begins, and in its form.
 */
function floatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return String(value);
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 16) {
    const text = power < 0 ? fixedSmall(digits, power) : String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const sign = power < 0 ? '-' : '+';
  return `${digits}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Digits such as `-1.5` at 10^power, for a negative power, without an exponent. */
function fixedSmall(digits: string, power: number): string {
  const sign = digits.startsWith('-') ? '-' : '';
  return `${sign}0.${'0'.repeat(-power - 1)}${digits.replace(/[-.]/g, '')}`;
}
