import fc from 'fast-check';
import { expect, it } from 'vitest';
import { artifactJson } from '../../../src/runners/historical-echo/artifact/artifact-json.ts';
import { askPython } from './python.ts';

it.each([
  [120, '120.0'],
  [-0, '-0.0'],
  [0.1, '0.1'],
  [1e-4, '0.0001'],
  [-1.5e-5, '-1.5e-05'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1.25e100, '1.25e+100'],
  [Infinity, 'Infinity'],
  [2001n, '2001'],
])('writes %s as %s', (value, text) => {
  expect(artifactJson(value)).toBe(text);
});

it('sorts keys, leaves out spaces, and escapes no more than it must', () => {
  const value = { b: [1n, null, true], a: { z: 'é"\n\u2028', y: 0.5 } };
  expect(artifactJson(value)).toBe('{"a":{"y":0.5,"z":"é\\"\\n\u2028"},"b":[1,null,true]}');
});

it('writes every float as Python does', ({ skip }) => {
  const bits = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), {
    numRuns: 2000,
    seed: 5,
  });
  const near = bits.map((_, at) => (at + 1) * 10 ** ((at % 40) - 20));
  const numbers = [...bits, ...near];
  const answer = askPython(
    'print(json.dumps([repr(float(x)) for x in asked]))',
    numbers.map(String),
  );
  if (answer === undefined) skip('no Python 3.11');
  expect(numbers.map((number) => artifactJson(number === 0 ? 0 : number))).toEqual(answer);
});
