import fc from 'fast-check';
import { join, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { trackFileName, trackIdOf } from '../../../../src/core/model/entry/track-name.ts';
import { isCabError } from '../../../../src/core/model/errors.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      '.',
      '/',
      '\\',
      '%',
      '2',
      'F',
      'f',
      '\0',
      ':',
      'C',
      'O',
      'N',
      ' ',
      '~',
      '夜',
    ),
    maxLength: 30,
  }),
);

describe('the file name of a track', () => {
  it.each([
    "Merry Christmas, Y'all - ai demo.mp3",
    '夜に駆ける',
    '100%',
    'a.b',
    '..hidden',
    'naïve',
  ])('is the id itself where that is safe: %s', (id) => {
    expect(trackFileName(id)).toBe(id);
  });

  it.each([
    ['a/b', 'a%2Fb'],
    ['../../etc/passwd', '..%2F..%2Fetc%2Fpasswd'],
    ['a%2Fb', 'a%252Fb'],
    ['C:\\x', 'C%3A%5Cx'],
    ['con', '%63on'],
    ['NUL.txt', '%4EUL.txt'],
    ['what?', 'what%3F'],
    ['a\0b', 'a%00b'],
  ])('encodes what is not: %s', (id, name) => {
    expect(trackFileName(id)).toBe(name);
  });

  it.each(['', 'x'.repeat(251), '夜'.repeat(84), '/'.repeat(84), '\ud800'])(
    'is refused where there can be none (%#)',
    (id) => {
      expect(() => trackFileName(id)).toThrow(
        expect.objectContaining({ code: 'unsafe_track' }) as Error,
      );
    },
  );

  it('leads back to the id, and never out of the index', () => {
    const index = resolve('/root-of-tests');
    const layout = layoutOf(index);
    fc.assert(
      fc.property(hostile, (id) => {
        let name: string;
        try {
          name = trackFileName(id);
        } catch (error) {
          return isCabError(error, 'unsafe_track');
        }
        const file = layout.pointer(id);
        return (
          trackIdOf(name) === id &&
          file === join(layout.index, `${name}.json`) &&
          file.startsWith(layout.index + sep) &&
          !name.includes('/')
        );
      }),
      { numRuns: 2000 },
    );
  });
});
