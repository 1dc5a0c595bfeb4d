import fc from 'fast-check';

/** A value as it is spelled: scalars and keys as their very text, so that every spelling can be tried. */
export type JsonTree =
  | { readonly scalar: string }
  | { readonly items: readonly JsonTree[] }
  | { readonly members: readonly (readonly [key: string, value: JsonTree])[] };

/** Writes a value; `space` is asked for the white space at each place that allows it. */
export function render(tree: JsonTree, space: () => string = () => ''): string {
  return space() + bare(tree, space) + space();
}

function bare(tree: JsonTree, space: () => string): string {
  if ('scalar' in tree) return tree.scalar;
  if ('items' in tree) {
    if (tree.items.length === 0) return `[${space()}]`;
    return `[${tree.items.map((item) => render(item, space)).join(',')}]`;
  }
  if (tree.members.length === 0) return `{${space()}}`;
  const members = tree.members.map(
    ([key, value]) => `${space()}${key}${space()}:${render(value, space)}`,
  );
  return `{${members.join(',')}}`;
}

const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: 1, maxLength });
const integer = fc
  .tuple(fc.constantFrom('', '-'), digits(30))
  .map(([sign, text]) => sign + (text.replace(/^0+/, '') || '0'));
const exponent = fc
  .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(3))
  .map((parts) => parts.join(''));
const decimal = fc
  .tuple(integer, fc.option(digits(20), { nil: '' }), fc.option(exponent, { nil: '' }))
  .map(([whole, fraction, power]) => whole + (fraction && `.${fraction}`) + power);
const printed = fc
  .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 17 }))
  .map(([value, places]) => (places === 0 ? String(value) : value.toExponential(places - 1)));
const plain = fc
  .tuple(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 20 }))
  .map(([value, places]) => value.toFixed(places));
const number = fc.oneof(integer, decimal, printed, plain);

const escape = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
const spelledCharacter = fc
  .tuple(
    fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom(...Array.from('"\\/\b\n\u0001\u007fab')),
    ),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([character, way]) => {
    if (way === 0)
      return Array.from({ length: character.length }, (_, i) =>
        escape(character.charCodeAt(i)),
      ).join('');
    if (way === 1 && character === '/') return '\\/';
    return JSON.stringify(character).slice(1, -1);
  });
const string = fc
  .array(spelledCharacter, { maxLength: 8 })
  .map((characters) => `"${characters.join('')}"`);
/** Few, so that keys are repeated, in several spellings. */
const key = fc.oneof(
  string,
  fc.constantFrom(
    '"a"',
    '"b"',
    '"\\u0061"',
    '"\\n"',
    '"\\u000a"',
    '"é"',
    '"\\u00E9"',
    '"\uffee"',
    '"🎵"',
    '"\\ud83c\\udfb5"',
    '""',
  ),
);
const scalar = fc
  .oneof(number, string, fc.constantFrom('null', 'true', 'false', 'NaN', 'Infinity', '-Infinity'))
  .map((text) => ({ scalar: text }));

/** Values in every spelling that is JSON, or that Python takes for it. */
export const jsonTree: fc.Arbitrary<JsonTree> = fc.letrec<{ tree: JsonTree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.record({ items: fc.array(tie('tree'), { maxLength: 6 }) }),
    fc.record({ members: fc.array(fc.tuple(key, tie('tree')), { maxLength: 8 }) }),
  ),
})).tree;

export const jsonText: fc.Arbitrary<string> = jsonTree.map((tree) => render(tree));

/** Texts of which most are broken, by one byte that is lost, new or another. */
export const damagedText: fc.Arbitrary<Buffer> = fc
  .tuple(
    jsonText,
    fc.nat(),
    fc.oneof(fc.constantFrom(...Buffer.from(' \n,:[]{}"\\/0123456789-+.eEu\'x')), fc.nat(255)),
    fc.constantFrom('lost', 'new', 'other'),
  )
  .map(([text, place, byte, damage]) => {
    const bytes = Buffer.from(text);
    const at = place % bytes.length;
    const behind = bytes.subarray(damage === 'new' ? at : at + 1);
    const between = damage === 'lost' ? [] : [byte];
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(between), behind]);
  });
