import { exactText } from '../model/exact-json.ts';
import type { Difference } from '../model/explanation.ts';

/** Compares field by field, to any depth. The order of fields does not count. */
export function differencesOf(
  wanted: unknown,
  found: unknown,
  path: readonly string[] = [],
): Difference[] {
  if (isObject(wanted) && isObject(found)) {
    const fields = new Set([...Object.keys(wanted), ...Object.keys(found)]);
    return [...fields].flatMap((field) =>
      differencesOf(wanted[field], found[field], [...path, field]),
    );
  }
  return exactText(wanted) === exactText(found) ? [] : [{ field: path.join('.'), wanted, found }];
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
