import { describe, expect, it } from 'vitest';
import { parseFeatures } from '../../../src/runners/historical-echo/features.ts';

const parse = (text: string) => parseFeatures(Buffer.from(text), 'song.json');
const rest = '"energy": 0.5, "valence": 0.25, "loudness": -9';

describe('parseFeatures', () => {
  it('takes the first listed key with a usable number', () => {
    const text = `{"tempo_mean": 90, "tempo": null, "tempo_bpm": "", "estimated_tempo": " 101.5 ", ${rest}}`;
    expect(parse(text)).toEqual({
      tempo: 101.5,
      energy: 0.5,
      valence: 0.25,
      loudness: -9,
      tempo_confidence_score: null,
    });
  });

  it('prefers LUFS to loudness', () => {
    const text = '{"tempo": 1, "energy": 1, "valence": 1, "loudness": -1, "loudness_LUFS": -2}';
    expect(parse(text).loudness).toBe(-2);
  });

  it('falls back to the first key in file order that has the name in it, and a number', () => {
    expect(parse(`{"7": 1, "TempoText": "99", "zTEMPO": 77, "atempo": 66, ${rest}}`).tempo).toBe(
      77,
    );
  });

  it('does not take true, lists or non-finite values for numbers', () => {
    const unusable =
      '"tempo": NaN, "tempo_bpm": -Infinity, "tempo_global": true, "tempo_mean": [1]';
    expect(parse(`{${unusable}, "my_tempo": 88, ${rest}}`).tempo).toBe(88);
    expect(parse(`{"tempo": "nan", "tempo_bpm": 1e999, "x_tempo": 5, ${rest}}`).tempo).toBe(5);
  });

  it('leaves words in strings alone where it reads past NaN', () => {
    const text = `{"NaN tempo \\" Infinity": 70, "x": NaN, "note": "-Infinity, NaN", ${rest}}`;
    expect(parse(text).tempo).toBe(70);
  });

  it('keeps the last of repeated keys, and does not stumble over __proto__', () => {
    expect(parse(`{"__proto__": {"tempo": 3}, "tempo": 1, ${rest}, "tempo": 2}`).tempo).toBe(2);
    expect(() => parse(`{"__proto__": {"tempo": 3}, ${rest}}`)).toThrow('no number for tempo');
  });

  it('names all missing axes, the file and the keys in one error', () => {
    expect(() => parse('{"energy": "loud", "valence": 0.1, "key": 3}')).toThrow(
      expect.objectContaining({
        code: 'axes_missing',
        message: 'song.json: no number for tempo, energy, loudness; its keys: energy, valence, key',
        details: {
          file: 'song.json',
          missing: ['tempo', 'energy', 'loudness'],
          keys: ['energy', 'valence', 'key'],
        },
      }),
    );
    expect(() => parse('[1]')).toThrow(expect.objectContaining({ code: 'axes_missing' }));
  });

  it.each(['', '{', '{NaN: 1}', '{"a": NaN NaN}', '{"tempo": -NaN}', '\ufeff{}'])(
    '%j is not JSON',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'invalid_json' }));
    },
  );

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseFeatures(Uint8Array.of(0x22, 0xff, 0x22), 'song.json')).toThrow(
      expect.objectContaining({ code: 'invalid_json' }),
    );
  });
});
