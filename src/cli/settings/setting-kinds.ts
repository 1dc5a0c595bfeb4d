/** The kinds of value that a setting takes, each with its form in a flag, in the environment and in the file. */
import * as z from 'zod/mini';
import { parseExact } from '../../core/model/json/exact-json.ts';
import { jsonObjectSchema } from '../../core/model/json/json.ts';
import { segmentSchema } from '../../core/model/entry/key.ts';
import { placeholders } from '../../core/model/entry/track-pattern.ts';
import { sampleOf } from '../../core/model/report/sample.ts';
import { closest } from '../../support/text/closest.ts';
import { parseDuration } from './duration.ts';
import { parseSize } from './size.ts';

/** Decides how text becomes a value: `pairs` come as `key=value`, `path` is relative to where it was written. */
export type Kind =
  'switch' | 'text' | 'path' | 'runner' | 'integer' | 'duration' | 'pairs' | 'list';

/** A kind with the schema of its values; made when a value came in, for most settings of a call have none. */
export interface ValueType<T> {
  readonly kind: Kind;
  /** All values, where they are few. */
  readonly choices?: readonly string[];
  readonly schema: () => z.ZodMiniType<T>;
}

function typeOf<T>(kind: Kind, schema: () => z.ZodMiniType<T>): ValueType<T> {
  return { kind, schema };
}

const text = () => z.string('expected text').check(z.minLength(1, 'expected some text'));

export const switchType = typeOf('switch', () => z.boolean('expected true or false'));

export const textType = typeOf('text', text);

/** A file name that is safe everywhere. */
export const fileNameType = typeOf('text', () => segmentSchema);

/** A track, or a pattern of tracks. Other braces stand for themselves, unless a placeholder must have been meant. */
export const trackType = typeOf('text', () =>
  text().check(
    z.refine(
      (pattern) => !placeholdersOf(pattern).some(isMisspelt),
      'expected no placeholders but {stem}, {name} and {dir}',
    ),
  ),
);

export const pathType = typeOf('path', text);

/** A text that is a path where it begins with `./` or `../`. */
export const runnerType = typeOf('runner', text);

export const integerType = (min: number, max: number): ValueType<number> =>
  typeOf('integer', () => {
    const message = `expected a whole number from ${min} to ${max}`;
    return z.int(message).check(z.minimum(min, message), z.maximum(max, message));
  });

/** Milliseconds. In JSON a number is seconds, as it is on the command line. */
export const durationType = durationsOf('30s, 5m or 1h');

/** Milliseconds that no timer waits for, so that they may be many. */
export const ageType = durationsOf('12h, 7d or 90d', Number.MAX_SAFE_INTEGER);

/** Bytes. */
export const sizeUpTo = (most: number): ValueType<number> =>
  typeOf('text', () => {
    const upTo = most === Infinity ? '' : `, up to ${most / 2 ** 20}MiB`;
    const message = `expected a size such as 20GB, 512MiB or a number of bytes${upTo}`;
    const fits = (input: string | number): boolean => {
      const bytes = parseSize(String(input));
      return bytes !== undefined && bytes <= most;
    };
    return z.pipe(
      z.union([z.string(), z.number()], message).check(z.refine(fits, message)),
      z.transform((input) => parseSize(String(input)) ?? 0),
    );
  });

export const sizeType = sizeUpTo(Infinity);

/** Of entries: a part of them. Stays text, for a random part is drawn when it is used. */
export const sampleType = typeOf('text', () => {
  const message = 'expected a percentage such as 5%, or a part such as 1/7';
  return z.string(message).check(z.refine((input) => sampleOf(input) !== undefined, message));
});

export const pairsType = typeOf('pairs', () => jsonObjectSchema);

/** Repeatable as a flag; with commas in the environment. */
export const listType: ValueType<readonly string[]> = typeOf('list', () =>
  z.array(text(), 'expected a list of texts'),
);

export const choiceType = <const T extends readonly string[]>(
  choices: T,
): ValueType<T[number]> => ({
  ...typeOf('text', () => z.enum(choices, `expected one of ${choices.join(', ')}`)),
  choices,
});

/** What becomes of a file that is done with: `keep`, `delete`, or `move:` and a directory. */
export const onDoneType = typeOf('text', () => {
  const message = 'expected keep, delete or move:DIR';
  return z.string(message).check(z.regex(/^(?:keep|delete|move:.+)$/s, message));
});

const placeholdersOf = (pattern: string): string[] =>
  Array.from(pattern.matchAll(/\{([^{}]*)\}/g), ([, name = '']) => name);

function isMisspelt(name: string): boolean {
  const meant = closest(name, placeholders);
  return meant !== undefined && meant !== name;
}

function durationsOf(examples: string, most?: number): ValueType<number> {
  return typeOf('duration', () => {
    const message = `expected a duration such as ${examples}`;
    const read = (input: string | number) => parseDuration(String(input), most);
    return z.pipe(
      z
        .union([z.string(), z.number()], message)
        .check(z.refine((input) => read(input) !== undefined, message)),
      z.transform((input) => read(input) ?? 0),
    );
  });
}

export function kindHelp(kind: Kind): string {
  switch (kind) {
    case 'switch':
      return '';
    case 'text':
      return '<text>';
    case 'path':
      return '<path>';
    case 'runner':
      return '<runner>';
    case 'integer':
      return '<n>';
    case 'duration':
      return '<30s|5m|1h>';
    case 'pairs':
      return '<key=value>';
    case 'list':
      return '<text>';
    default:
      return kind satisfies never;
  }
}

/** What an environment variable or a flag's text says, ready for the schema; what is not understood stays text. */
export function fromText(kind: Kind, text: string): unknown {
  switch (kind) {
    case 'switch':
      return switches.get(text.toLowerCase()) ?? text;
    case 'integer':
      return /^[+-]?\d+$/.test(text) ? Number(text) : text;
    case 'pairs':
      return asJson(text);
    case 'list':
      return text.split(',').filter(Boolean);
    case 'text':
    case 'path':
    case 'runner':
    case 'duration':
      return text;
    default:
      return kind satisfies never;
  }
}

const switches: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'true', 'yes', 'on'].map((word) => [word, true] as const),
  ...['0', 'false', 'no', 'off'].map((word) => [word, false] as const),
]);

/**
 * `key=value` texts as an object; undefined where one of them has no `=`. Values are JSON where they parse. A number
 * that is too large comes out as Infinity, which the schema of the setting refuses by name.
 */
export function fromPairs(pairs: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  const entries: [string, unknown][] = [];
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) return undefined;
    entries.push([pair.slice(0, at), asJson(pair.slice(at + 1))]);
  }
  return Object.fromEntries(entries);
}

function asJson(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
