/** Checks arguments and options of an embedding program. */
import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import type { Logger } from '../../support/logger.ts';
import { issueOf } from '../../core/model/json/issue.ts';

/** The value itself, not a copy. @throws CabError invalid_request */
export function checked<T>(schema: z.ZodMiniType, name: string, value: T): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return value;
  const { field, problem } = issueOf(parsed.error);
  const path = field === '' ? name : `${name}.${field}`;
  throw new CabError('invalid_request', `${path}: ${problem}`, { details: { field: path } });
}

/** Accepts an AbortSignal of any realm. */
const isSignal = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;

export const signal = z.optional(z.custom<AbortSignal>(isSignal, 'expected an AbortSignal'));

/** A pointer contains a key. */
export const entryKey = z.looseObject({ config_hash: z.string(), source_hash: z.string() });

export function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}

const isLogger = (value: unknown): boolean => hasMethods(value, ['debug', 'info', 'warn', 'error']);

export const logger = z.optional(
  z.custom<Logger>(isLogger, 'expected an object with debug, info, warn and error'),
);

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without the members that are undefined, which would take the place of a default. */
export const given = <T extends object>(options: T): Given<T> =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Given<T>;
