import { describe, expect, it } from 'vitest';
import { digestSent, hashSent, sentInputOf } from '../../../src/core/hashing/hash-input.ts';

describe('an input that was sent', () => {
  it('is text if it is UTF-8, with its byte order mark, and else bytes', () => {
    const text = '\uFEFF{"tempo":"schnell ♪"}';
    expect(sentInputOf(Buffer.from(text))).toEqual({ text });
    const bytes = Buffer.from([0x7b, 0xff]);
    expect(sentInputOf(bytes)).toEqual({ bytes });
  });

  it.each(['json', 'any', 'bytes'] as const)(
    'has the same hash as %s, digested before or not',
    (format) => {
      const text = '{ "b": 1.50, "a": 2 }\n';
      const bytes = Buffer.from(text);
      for (const sent of [{ text }, { bytes }]) {
        const digested = digestSent(bytes, 'text' in sent, 'features');
        const hashed = hashSent(sent, 'features', format);
        expect(hashSent({ digested }, 'features', format)).toEqual(hashed);
        expect(hashed).toMatchObject({ size: bytes.length, fingerprint: '', isSettled: false });
      }
    },
  );

  it('is refused as no JSON where JSON is wanted, digested before or not', () => {
    const bytes = Buffer.from('{"a":');
    const refusal = expect.objectContaining({ code: 'invalid_json' }) as Error;
    expect(() => hashSent({ bytes }, 'features', 'json')).toThrow(refusal);
    const digested = digestSent(bytes, false, 'features');
    expect(() => hashSent({ digested }, 'features', 'json')).toThrow(refusal);
    expect(hashSent({ digested }, 'features', 'bytes')).toMatchObject({ json: false });
  });
});
