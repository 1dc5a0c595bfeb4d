import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { canonicalJson, sourceHashOfJson } from '../../../src/core/hashing/json/canonical-json.ts';
import { sha256 } from '../../../src/core/hashing/digest.ts';

const canonical = (text: string): string => canonicalJson(Buffer.from(text)).toString();

describe('the recorded cases', () => {
  const vectorSchema = z.union([
    z.object({
      name: z.string(),
      raw_b64: z.string(),
      canonical_b64: z.string(),
      sha256: z.string(),
    }),
    z.object({ name: z.string(), raw_b64: z.string(), error: z.string() }),
  ]);
  const vectors = readFileSync(
    new URL('../../fixtures/canonical-json.jsonl', import.meta.url),
    'utf8',
  )
    .trimEnd()
    .split('\n')
    .map((line) => vectorSchema.parse(JSON.parse(line)));

  it.each(vectors)('$name', (vector) => {
    const raw = Buffer.from(vector.raw_b64, 'base64');
    if ('error' in vector) {
      expect(() => canonicalJson(raw)).toThrow(expect.objectContaining({ code: 'invalid_json' }));
      return;
    }
    expect(canonicalJson(raw).toString('base64')).toBe(vector.canonical_b64);
    expect(sourceHashOfJson(raw)).toBe(vector.sha256);
  });
});

describe('members', () => {
  it('sorts keys by what they mean, however they are written', () => {
    expect(
      canonical(String.raw`{"\u0062":1,"a":2,"\u0000":3,"\"":4,"!":5,"#":6,"\\":7,"[":8,"]":9}`),
    ).toBe(String.raw`{"\u0000":3,"!":5,"\"":4,"#":6,"[":8,"\\":7,"]":9,"a":2,"b":1}`);
  });

  it('sorts control characters among themselves', () => {
    expect(canonical(String.raw`{"\u001f":1,"\n":2,"\t":3,"\b":4,"\u000b":5,"":6," ":7}`)).toBe(
      String.raw`{"":6,"\b":4,"\t":3,"\n":2,"\u000b":5,"\u001f":1," ":7}`,
    );
  });

  it('takes a prefix before what continues it, by an escape too', () => {
    expect(canonical(String.raw`{"a\n":1,"ab":2,"a":3,"a\nb":4}`)).toBe(
      String.raw`{"a":3,"a\n":1,"a\nb":4,"ab":2}`,
    );
  });

  it('keeps the last value of a repeated key, written in whatever way', () => {
    expect(
      canonical(String.raw`{"a":{"z":1,"y":2},"b":0,"\u0061":[{"d":1,"c":2,"d":3}],"b":4}`),
    ).toBe('{"a":[{"c":2,"d":3}],"b":4}');
  });

  it('rearranges at every level, past objects that are in order', () => {
    expect(
      canonical(
        '{"b":[{"x":1,"y":{"q":[],"p":{}}},{"n":1}],"a":{"c":{"f":1,"e":2},"d":{"h":1,"g":2}}}',
      ),
    ).toBe('{"a":{"c":{"e":2,"f":1},"d":{"g":2,"h":1}},"b":[{"x":1,"y":{"p":{},"q":[]}},{"n":1}]}');
  });

  it('treats __proto__ and numerals as keys like any other', () => {
    expect(canonical('{"b":1,"__proto__":{"10":1,"9":2},"constructor":3}')).toBe(
      '{"__proto__":{"10":1,"9":2},"b":1,"constructor":3}',
    );
  });
});

describe('numbers', () => {
  it('keeps all digits of an integer', () => {
    const digits = '1234567890'.repeat(1000);
    expect(canonical(`[${digits},-${digits},-0,20]`)).toBe(`[${digits},-${digits},0,20]`);
  });

  it.each([
    ['0.00', '0.0'],
    ['-0.000', '-0.0'],
    ['-0e7', '-0.0'],
    ['2.500000', '2.5'],
    ['120.000', '120.0'],
    ['0.0001', '0.0001'],
    ['0.00009', '9e-05'],
    ['1E+2', '100.0'],
    ['9007199254740993.0', '9007199254740992.0'],
    ['9999999999999999.5', '1e+16'],
    ['0.30000000000000004', '0.30000000000000004'],
    ['0.10000000000000001', '0.1'],
    ['0.99999999999999999', '1.0'],
    ['123456789.12345678901234567890', '123456789.12345679'],
    ['4.9406564584124654e-324', '5e-324'],
    ['1e-400', '0.0'],
    ['1e999', 'Infinity'],
    ['-1e999', '-Infinity'],
    ['1e123456789012345678901234567890', 'Infinity'],
    [`0.${'0'.repeat(5000)}1e5001`, '1.0'],
  ])('writes %s as %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it('makes room where the canonical form is longer than the text', () => {
    const count = 100_000;
    expect(canonical(`[${Array(count).fill('1e15').join()}]`)).toBe(
      `[${Array(count).fill('1000000000000000.0').join()}]`,
    );
  });
});

describe('bytes', () => {
  it('takes a view into a larger buffer as what it shows', () => {
    const whole = new TextEncoder().encode('xx{"b":1,"a":2}xx');
    expect(canonicalJson(whole.subarray(2, -2)).toString()).toBe('{"a":2,"b":1}');
  });

  it('leaves the given bytes as they are', () => {
    const text = '{ "b" : 1e3, "a" : "\\u0041" }';
    const bytes = Buffer.from(text);
    canonicalJson(bytes);
    expect(bytes.toString()).toBe(text);
  });

  it('hashes just what canonicalJson gives', () => {
    const bytes = Buffer.from('{"b":[1.50,"é"],"a":null}');
    expect(sourceHashOfJson(bytes)).toBe(sha256(canonicalJson(bytes)));
  });
});
