import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shownText, storedText } from '../../../src/stores/postgres/columns.ts';

it('gives back every text, and stores none that PostgreSQL refuses', () => {
  const odd = fc.string({ unit: fc.constantFrom('"', '\0', '\ud800', '\udc00', '\\', 'a', '夜') });
  fc.assert(
    fc.property(fc.oneof(odd, fc.string({ unit: 'binary' })), (text) => {
      const stored = storedText(text);
      expect(shownText(stored)).toBe(text);
      expect(stored.includes('\0')).toBe(false);
      expect(stored.isWellFormed()).toBe(true);
    }),
  );
});

it('leaves usual text as it is, for those who read the tables', () => {
  expect(storedText('夜に駆ける.mp3')).toBe('夜に駆ける.mp3');
});
