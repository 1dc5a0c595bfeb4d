import { isObject } from '../data/shape.ts';

/** The difference of two JSON values, as the places at which they differ. */
export interface Difference {
  /** Names and indices from the outside in. */
  readonly path: readonly (string | number)[];
  readonly kind: 'added' | 'removed' | 'changed';
  readonly left: unknown;
  readonly right: unknown;
}

export interface Differences {
  readonly list: readonly Difference[];
  /** True if there are more than were looked for. */
  readonly isCut: boolean;
}

export function differences(left: unknown, right: unknown, most = 1000): Differences {
  const list: Difference[] = [];
  const compare = (a: unknown, b: unknown, path: readonly (string | number)[]): void => {
    if (list.length > most || Object.is(a, b)) return;
    if (isObject(a) && isObject(b)) {
      for (const name of new Set([...Object.keys(a), ...Object.keys(b)]))
        member(a, b, name, [...path, name]);
    } else if (Array.isArray(a) && Array.isArray(b)) {
      for (let at = 0; at < Math.max(a.length, b.length); at += 1) item(a, b, at, [...path, at]);
    } else list.push({ path, kind: 'changed', left: a, right: b });
  };
  const member = (
    a: JsonObject,
    b: JsonObject,
    name: string,
    path: readonly (string | number)[],
  ): void => {
    if (!Object.hasOwn(a, name))
      list.push({ path, kind: 'added', left: undefined, right: b[name] });
    else if (!Object.hasOwn(b, name))
      list.push({ path, kind: 'removed', left: a[name], right: undefined });
    else compare(a[name], b[name], path);
  };
  const item = (
    a: readonly unknown[],
    b: readonly unknown[],
    at: number,
    path: readonly (string | number)[],
  ): void => {
    if (at >= a.length) list.push({ path, kind: 'added', left: undefined, right: b[at] });
    else if (at >= b.length) list.push({ path, kind: 'removed', left: a[at], right: undefined });
    else compare(a[at], b[at], path);
  };
  compare(left, right, []);
  return { list: list.slice(0, most), isCut: list.length > most };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** `neighbors[3].year` */
export const pathText = (path: readonly (string | number)[]): string =>
  path
    .map((part, n) =>
      typeof part === 'number'
        ? `[${part}]`
        : /^[\w$]+$/.test(part)
          ? `${n === 0 ? '' : '.'}${part}`
          : `[${JSON.stringify(part)}]`,
    )
    .join('') || 'the whole';
