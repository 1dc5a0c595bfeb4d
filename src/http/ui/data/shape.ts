/**
 * Checks what the daemon answers, at the border. The rest of cab does this with zod; here it would be an eighth of all that
 * a browser loads, for a dozen shapes. A shape gives the value with its type, or throws `Mismatch`.
 */
export type Shape<T> = (value: unknown, place: string) => T;
export type Of<S> = S extends Shape<infer T> ? T : never;

export class Mismatch extends Error {
  constructor(place: string, wanted: string) {
    super(`${place === '' ? 'the answer' : place.slice(1)}: expected ${wanted}`);
  }
}

const kind =
  <T>(wanted: string, is: (value: unknown) => value is T): Shape<T> =>
  (value, place) => {
    if (is(value)) return value;
    throw new Mismatch(place, wanted);
  };

export const string = kind('text', (value) => typeof value === 'string');
export const number = kind('a number', (value) => typeof value === 'number');
export const boolean = kind('true or false', (value) => typeof value === 'boolean');
export const unknown: Shape<unknown> = (value) => value;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = kind('an object', isObject);
const listOf = kind('a list', (value): value is unknown[] => Array.isArray(value));

/** What is null or absent is null. */
export const nullable =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, place) =>
    value == null ? null : shape(value, place);

/** What does not fit is null. */
export const lenient =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, place) => {
    try {
      return shape(value, place);
    } catch (error) {
      if (error instanceof Mismatch) return null;
      throw error;
    }
  };

export const oneOf = <const T extends string>(values: readonly T[]): Shape<T> =>
  kind(values.join(' or '), (value): value is T => values.some((each) => each === value));

export const list =
  <T>(shape: Shape<T>): Shape<T[]> =>
  (value, place) =>
    listOf(value, place).map((each, n) => shape(each, `${place}.${n}`));

/** Names are the daemon's, values have one shape. */
export const record =
  <T>(shape: Shape<T>): Shape<Record<string, T>> =>
  (value, place) =>
    Object.fromEntries(
      Object.entries(objectOf(value, place)).map(([name, each]) => [
        name,
        shape(each, `${place}.${name}`),
      ]),
    );

type Shapes = Readonly<Record<string, Shape<unknown>>>;

/** Other members are left out. */
export function object<const S extends Shapes>(
  shapes: S,
): Shape<{ [Name in keyof S]: Of<S[Name]> }>;
export function object(shapes: Shapes): Shape<unknown> {
  return (value, place) => {
    const given = objectOf(value, place);
    return Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, shape(given[name], `${place}.${name}`)]),
    );
  };
}
