import fc from 'fast-check';
import { resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { isCabError } from '../../../src/core/model/errors.ts';
import { checkedKey } from '../../../src/core/model/entry/key.ts';

const segment = fc.oneof(
  fc.string({ maxLength: 140 }),
  fc.string({
    unit: fc.constantFrom('.', '/', '\\', '%', 'a', '0', '-', '_', '\0', '~'),
    maxLength: 20,
  }),
  fc.constantFrom('index', 'jobs', '..', '.', '.cab', 'a'.repeat(128), 'a'.repeat(129)),
);

describe('a key', () => {
  it('is refused, or names a place exactly two below the entries', () => {
    const layout = layoutOf(resolve('/root-of-tests'));
    fc.assert(
      fc.property(segment, segment, (config, source) => {
        try {
          const place = layout.entry(checkedKey(config, source));
          return place === [layout.entries, config, source].join(sep) && resolve(place) === place;
        } catch (error) {
          return isCabError(error, 'unsafe_key');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['index', 'jobs', '', '.', '..', '.cab', '-x', 'a/b', 'a\\b', 'ä', 'a'.repeat(129)])(
    'never has the config hash %j',
    (config) => {
      expect(() => checkedKey(config, 'x')).toThrow(
        expect.objectContaining({ code: 'unsafe_key' }) as Error,
      );
    },
  );

  it.each(['A', '0', 'a.b_c-d', 'a'.repeat(128)])('may have the config hash %j', (config) => {
    expect(checkedKey(config, config)).toEqual({ config_hash: config, source_hash: config });
  });
});
