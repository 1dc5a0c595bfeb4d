/**
 * Schemas of JSON that is passed on unchanged. zod's own schemas copy the value and lose a key named `__proto__`. Here that is
 * a key like any other, and part of what is hashed.
 */
import * as z from 'zod/mini';
import type { Json, JsonObject } from './job.ts';

export const jsonSchema = z.custom<Json>(
  (value) => foreignMember(value) === undefined,
  'expected JSON',
);

/** An issue names the member: `runner_kwargs.x: expected …`. */
export const jsonObjectSchema = z.custom<JsonObject>(isObject, 'expected an object').check(
  z.check(({ value, issues }) => {
    const foreign = isObject(value) ? foreignMember(value) : undefined;
    if (foreign !== undefined) issues.push({ code: 'custom', input: value, ...foreign });
  }),
);
z.globalRegistry.add(jsonObjectSchema, { type: 'object' });

interface Foreign {
  readonly path: string[];
  readonly message: string;
}

interface Place {
  readonly value: unknown;
  readonly within: Place | undefined;
  readonly name: string;
  readonly depth: number;
}

/** JSON writers recurse once for each level. A value that contains itself has infinitely many. */
const mostLevels = 1000;

/** The first member that is not JSON. A loop instead of recursion, because callers may nest values to any depth. */
function foreignMember(root: unknown): Foreign | undefined {
  const rest: Place[] = [{ value: root, within: undefined, name: '', depth: 0 }];
  for (let place = rest.pop(); place !== undefined; place = rest.pop()) {
    const { value, depth } = place;
    if (isScalar(value)) continue;
    if (depth > mostLevels)
      return {
        path: pathOf(place).slice(0, 1),
        message: `holds itself, or is nested more than ${mostLevels} levels deep`,
      };
    const members = Array.isArray(value) || isObject(value) ? Object.entries(value) : undefined;
    if (members === undefined) return { path: pathOf(place), message: problemOf(value) };
    for (const [name, member] of members)
      rest.push({ value: member, within: place, name, depth: depth + 1 });
  }
  return undefined;
}

const isScalar = (value: unknown): boolean =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  typeof value === 'bigint' ||
  (typeof value === 'number' && Number.isFinite(value));

const problemOf = (value: unknown): string =>
  typeof value === 'number'
    ? 'expected a number that a double holds, at most 1.8e308'
    : 'expected JSON';

function pathOf({ name, within }: Place): string[] {
  return within === undefined ? [] : [...pathOf(within), name];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
