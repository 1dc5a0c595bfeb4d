import { expect, it } from 'vitest';
import { parseSize } from '../../../src/cli/settings/size.ts';

it.each([
  ['0', 0],
  ['1024', 1024],
  ['20GB', 20e9],
  ['20gb', 20e9],
  ['1.5 MiB', 1_572_864],
  ['512k', 512_000],
  ['2T', 2e12],
  ['7B', 7],
])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

it.each(['', 'GB', '-1', '1 XB', '1e9', '99999PB', 'ten'])('%j is no size', (text) =>
  expect(parseSize(text)).toBeUndefined(),
);
