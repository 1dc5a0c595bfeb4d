import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CabError } from '../../../src/core/model/errors.ts';
import { readSubmission, writeSubmission } from '../../../src/http/wire/submission-body.ts';

const read = (text: string) => readSubmission(Buffer.from(text), 'refused');

describe('the body of a submission', () => {
  it.each([
    '{"n":12345678901234567890.10}',
    '[ 1.0 , NaN, -Infinity ]',
    '"}],{[\\"\\\\"',
    '{"a":{"features":1},"a":2}',
    '夜に駆ける'.replace(/^|$/g, '"'),
    '0',
  ])('carries the input unchanged: %s', (features) => {
    const fields = { track_id: 'a "b" }', probe: { features: [1, '{'] }, priority: 3 };
    const rest = JSON.stringify(fields).slice(1);
    expect(read(`{"features":${features},${rest}`)).toEqual({ ...fields, features_text: features });
    expect(read(`{"features":${features}}`)).toEqual({ features_text: features });
  });

  it.each(['{"n":12345678901234567890.10} \n', '', '\ufeff{}', 'a\0b\u2028', '{"a":1}\n{"a":2}\n'])(
    'carries text unchanged, JSON or not: %j',
    (features_text) => {
      const fields = { track_id: 'a', features_text };
      expect(readSubmission(writeSubmission(fields), 'refused')).toEqual(fields);
    },
  );

  it('carries bytes unchanged, and integers that no number holds', () => {
    const features_bytes = Buffer.from([0, 0xff, 0xc0, 10]);
    const fields = { features_bytes, probe: { seed: 9007199254740993n } };
    expect(readSubmission(writeSubmission(fields), 'refused')).toEqual(fields);
  });

  it.each([
    '{"features":1,"features_text":"1"}',
    '{"features_base64":"?"}',
    '{"features_base64":1}',
  ])('refuses %s, naming the field', (body) => {
    expect(() => read(body)).toThrow(/^features_(text|base64): /);
  });

  it('refuses nothing that it can carry', () => {
    expect(read('{"features":null,"features_text":"1"}')).toEqual({ features_text: '1' });
  });

  it('carries any JSON unchanged, wherever it stands', () => {
    const spaced = fc.tuple(fc.json(), fc.constantFrom('', ' ', '\n\t', '\r\n'));
    fc.assert(
      fc.property(spaced, fc.json(), fc.boolean(), ([features, space], other, isFirst) => {
        fc.pre(features !== 'null');
        const own = `"features"${space}:${space}${features}${space}`;
        const probe = `"probe":{"x":${other}}`;
        const body = isFirst ? `{${own},${probe}}` : `{${probe},${space}${own}}`;
        expect(read(body)).toEqual({
          features_text: features,
          probe: { x: JSON.parse(other) as unknown },
        });
      }),
    );
  });

  it('keeps a key named __proto__, at every level of the other fields', () => {
    const probe = '{"__proto__":{"a":[{"__proto__":1}]}}';
    const { probe: found, runner_kwargs } = read(`{"probe":${probe},"runner_kwargs":${probe}}`);
    expect(JSON.stringify(found)).toBe(probe);
    expect(JSON.stringify(runner_kwargs)).toBe(probe);
  });

  it('without input, or with none that counts, names a path alone', () => {
    expect(read('{"features_path":"/a.json","track_id":null,"priority":null}')).toEqual({
      features_path: '/a.json',
    });
    expect(read('{"features_path":"/a.json","features":null}')).toEqual({
      features_path: '/a.json',
    });
    expect(read(' {} ')).toEqual({});
    expect(read('{"features_path":null}')).toEqual({});
    expect(read('{"features_path":""}')).toEqual({});
  });

  it.each([
    ['white space', ' ', 1, 2],
    ['half an object', '{"features":{"a":1}', 1, 20],
    ['a comma too many', '{"priority":1,}', 1, 15],
    ['no value', '{"track_id":"a",\n"features":}', 2, 12],
    ['something after it', '{} {}', 1, 4],
    ['a key that is no text', '{features:1}', 1, 2],
    ['a string without end', '{"features":"a}', 1, 13],
  ])('is refused, with the place, where it is %s', (_, text, line, column) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'invalid_json', details: { line, column } }) as CabError,
    );
  });

  it.each([
    ['[]', 'request: expected a JSON object'],
    ['"text"', 'request: expected a JSON object'],
  ])('is refused as %s', (text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message }) as CabError,
    );
  });

  it('is refused where it is not UTF-8, or says NaN outside of the input', () => {
    const broken = Buffer.from('{"track_id":"\u00e9"}', 'latin1');
    expect(() => readSubmission(broken, 'refused')).toThrow(
      expect.objectContaining({ code: 'invalid_json' }) as CabError,
    );
    expect(() => read('{"priority":NaN}')).toThrow(
      expect.objectContaining({ code: 'invalid_json' }) as CabError,
    );
  });
});
