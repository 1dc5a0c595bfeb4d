import type * as z from 'zod/mini';

/** What a schema finds wrong, in words for people. The mini build of zod has no texts of its own. */
export interface FieldIssue {
  /** Dotted path, such as `probe.top_k`; empty for the value as a whole. */
  readonly field: string;
  /** For example `expected a whole number from 1 to 10`. */
  readonly problem: string;
}

/** The first issue; the others are often its consequences. */
export function issueOf(error: z.core.$ZodError): FieldIssue {
  const [issue] = error.issues;
  if (issue === undefined) return { field: '', problem: 'not understood' };
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;
  return { field: path.map(String).join('.'), problem: problemOf(issue) };
}

function problemOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return `expected ${bound(issue.origin, 'at most', issue.maximum)}`;
    case 'too_small':
      return `expected ${bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'invalid_value':
      return `expected ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return 'there is no such field';
    case 'custom':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'invalid_union':
    case 'not_multiple_of':
      return issue.message === 'Invalid input' ? 'not understood' : issue.message;
    default:
      return issue satisfies never;
  }
}

const bound = (origin: string, relation: string, limit: number | bigint): string =>
  origin === 'string'
    ? `${relation} ${limit} ${limit === 1 ? 'character' : 'characters'}`
    : `${relation} ${limit}`;

const kinds: Readonly<Record<string, string | undefined>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};
