import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slugOf } from '../../../src/runners/historical-echo/artifact/slug.ts';
import { askPython } from './python.ts';

describe('slugOf', () => {
  it.each([
    ['Britney Spears', 'Oops!...I Did It Again', 'britney spears__oops i did it again'],
    ['  Joe ', 'Stutter (feat. Mystikal) - Double Take Remix', 'joe__stutter double take remix'],
    ['Beyoncé', 'Halo', 'beyonc__halo'],
    ['A [live', 'B) and C]', 'a live__b and c'],
    ['X', 'One [live) two', 'x__one two'],
    ['X', 'One [live] two', 'x__one live two'],
    ['夜', '(', '__'],
  ])('%s, %s', (artist, title, slug) => {
    expect(slugOf(artist, title)).toBe(slug);
  });

  const names = fc.string({ unit: fc.constantFrom(...Array.from('aZ9 ()[]-é.İß\n\u00a0ＫK_')) });

  it('has only plain words on both sides, and is its own slug', () => {
    fc.assert(
      fc.property(names, names, (artist, title) => {
        const slug = slugOf(artist, title);
        expect(slug).toMatch(/^(?:[a-z0-9]+(?: [a-z0-9]+)*)?__(?:[a-z0-9]+(?: [a-z0-9]+)*)?$/);
        const [left = '', right = ''] = slug.split('__');
        expect(slugOf(left, right)).toBe(slug);
      }),
    );
  });

  it('is what the same pattern gives in Python', ({ skip }) => {
    const cases = fc.sample(fc.tuple(names, names), { numRuns: 1000, seed: 3 });
    const answer = askPython(
      `import re
def words(s):
    s = re.sub(r"\\([^)]*\\)|\\[[^]]*\\)", "", s.strip().lower())
    return re.sub(r"[^a-z0-9]+", " ", s).strip()
print(json.dumps([words(a) + "__" + words(t) for a, t in asked]))`,
      cases,
    );
    if (answer === undefined) skip('no Python 3.11');
    expect(cases.map(([artist, title]) => slugOf(artist, title))).toEqual(answer);
  });
});
