import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { issueOf } from '../../../../src/core/model/json/issue.ts';

const schema = z.strictObject({
  text: z.optional(z.string().check(z.minLength(2), z.maxLength(3))),
  number: z.optional(z.number().check(z.positive())),
  whole: z.optional(z.int().check(z.minimum(1), z.maximum(10))),
  flag: z.optional(z.boolean()),
  choice: z.optional(z.enum(['one', 'two'])),
  list: z.optional(z.array(z.string())),
  object: z.optional(z.object({ inner: z.string() })),
  record: z.optional(z.record(z.string(), z.string())),
  either: z.optional(z.union([z.string(), z.number()])),
});

it.each<[unknown, string, string]>([
  [{ text: 7 }, 'text', 'expected text'],
  [{ text: 'a' }, 'text', 'expected at least 2 characters'],
  [{ text: 'abcd' }, 'text', 'expected at most 3 characters'],
  [{ number: 'a' }, 'number', 'expected a number'],
  [{ number: 0 }, 'number', 'expected more than 0'],
  [{ whole: 1.5 }, 'whole', 'expected a whole number'],
  [{ whole: 0 }, 'whole', 'expected at least 1'],
  [{ whole: 11 }, 'whole', 'expected at most 10'],
  [{ flag: 'yes' }, 'flag', 'expected true or false'],
  [{ choice: 'three' }, 'choice', 'expected one, two'],
  [{ list: {} }, 'list', 'expected a list'],
  [{ list: ['a', 1] }, 'list.1', 'expected text'],
  [{ object: [] }, 'object', 'expected an object'],
  [{ object: {} }, 'object.inner', 'expected text'],
  [{ record: 1 }, 'record', 'expected an object'],
  [{ either: true }, 'either', 'not understood'],
  [{ other: 1 }, 'other', 'there is no such field'],
  ['text', '', 'expected an object'],
])('%j: says which field is wrong, and what is expected there', (value, field, problem) => {
  const { error } = z.safeParse(schema, value);
  expect(error && issueOf(error)).toEqual({ field, problem });
});
