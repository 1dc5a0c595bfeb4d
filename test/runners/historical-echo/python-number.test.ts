import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  pythonFloat,
  pythonInt,
} from '../../../src/runners/historical-echo/artifact/python-number.ts';
import { askPython } from './python.ts';

const texts = [
  ...fc.sample(
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789.-+eE_ x')), maxLength: 6 }),
    {
      numRuns: 4000,
      seed: 11,
    },
  ),
  ...['nan', '-NaN', 'inf', '-Infinity', 'infinit', '0x10', '', ' 12 ', '1_000.5', 'n/a', '１'],
];

it('reads texts as Python reads them', ({ skip }) => {
  const answer = askPython(
    `def tried(read, text):
    try: return repr(read(text))
    except ValueError: return None
print(json.dumps([[tried(float, t), tried(int, t)] for t in asked if t.isascii()]))`,
    texts,
  );
  if (answer === undefined) skip('no Python 3.11');
  const shown = (number: number | undefined): string | null =>
    number === undefined ? null : String(number);
  const numbered = (text: unknown): string | null =>
    typeof text === 'string' ? shown(Number(text.replace('inf', 'Infinity'))) : null;
  const ascii = texts.filter((text) => /^\p{ASCII}*$/u.test(text));
  const expected = z.array(z.tuple([z.unknown(), z.unknown()])).parse(answer);
  expect(ascii.map((text) => [text, shown(pythonFloat(text)), shown(pythonInt(text))])).toEqual(
    expected.map(([float, int], at) => [ascii[at], numbered(float), numbered(int)]),
  );
});

it('reads what is no number as nothing', () => {
  expect(['', ' ', 'n/a', '0x10', '1__0', '_1', '1e'].map(pythonFloat)).toEqual(
    Array.from({ length: 7 }),
  );
  expect(['1999.0', '', 'MMI'].map(pythonInt)).toEqual(Array.from({ length: 3 }));
});
