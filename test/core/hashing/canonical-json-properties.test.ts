import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sourceHashOfJson } from '../../../src/core/hashing/json/canonical-json.ts';
import { jsonText, jsonTree, render } from './json-texts.ts';

const canonical = (text: string): string => canonicalJson(Buffer.from(text)).toString();

describe('the canonical form', () => {
  it('is its own canonical form', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const once = canonical(text);
        expect(canonical(once)).toBe(once);
      }),
    );
  });

  it('means what the text means', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(canonical(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('does not depend on white space', () => {
    const spaces = fc.array(fc.constantFrom('', ' ', '\n', '\r\n', '\t'), { minLength: 1 });
    fc.assert(
      fc.property(jsonTree, spaces, (tree, list) => {
        let asked = 0;
        const spaced = render(tree, () => list[asked++ % list.length] ?? '');
        expect(canonical(spaced)).toBe(canonical(render(tree)));
      }),
    );
  });

  it('does not depend on the order of the members', () => {
    const members = fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), jsonText), {
      selector: ([key]) => key,
      maxLength: 40,
    });
    const twoOrders = members.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    const object = (list: [string, string][]): Buffer =>
      Buffer.from(`{${list.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`);
    fc.assert(
      fc.property(twoOrders, ([one, other]) => {
        expect(sourceHashOfJson(object(other))).toBe(sourceHashOfJson(object(one)));
      }),
    );
  });

  it('has its keys in the order of their code points', () => {
    const keys = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 4 }), { maxLength: 60 });
    fc.assert(
      fc.property(keys, (list) => {
        const text = canonical(`{${list.map((key) => `${JSON.stringify(key)}:0`).join()}}`);
        const sorted = [...list].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(text).toBe(`{${sorted.map((key) => `${JSON.stringify(key)}:0`).join()}}`);
      }),
    );
  });
});
