import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/hashing/json/canonical-json.ts';
import { CabError } from '../../../src/core/model/errors.ts';

function refusal(text: string | Uint8Array, name?: string): CabError {
  try {
    canonicalJson(Buffer.from(text), name);
  } catch (error) {
    if (error instanceof CabError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

describe('what is refused', () => {
  it.each<[text: string, line: number, column: number, problem: string]>([
    ['', 1, 1, 'expected a value, found the end of the text'],
    ['[1,\n  2,\n]', 3, 1, 'expected a value, found "]"'],
    ['{"a": 1,\n "b": 2,}', 2, 9, 'expected a key, found "}"'],
    ['[1\n 2]', 2, 2, 'expected "," or "]", found a number'],
    ['{"a": 1 "b": 2}', 1, 9, 'expected "," or "}", found a string'],
    ['[1}', 1, 3, 'expected "," or "]", found "}"'],
    ['{"a" 1}', 1, 6, 'expected ":" after a key, found a number'],
    ["{'a': 1}", 1, 2, 'expected a key in double quotes, found "\'"'],
    ['{} {}', 1, 4, 'expected the end of the text, found "{"'],
    ['[1] // one', 1, 5, 'expected the end of the text, found "/"'],
    ['[None]', 1, 2, 'expected a value, found "None"'],
    ['[nul]', 1, 2, 'expected a value, found "nul"'],
    ['[-NaN]', 1, 3, 'expected a digit after "-", found "NaN"'],
    ['[é', 1, 2, 'expected a value, found "é"'],
    ['[01]', 1, 2, 'a number has no leading zeros'],
    ['[-01]', 1, 3, 'a number has no leading zeros'],
    ['[1.]', 1, 4, 'expected a digit after ".", found "]"'],
    ['[1e+]', 1, 5, 'expected a digit of the exponent, found "]"'],
    ['["a', 1, 2, 'the string that begins here has no end'],
    ['["a\nb"]', 1, 4, 'the control character U+000A must be escaped in a string'],
    ['["a\\xb"]', 1, 4, 'a backslash is followed by one of " \\ / b f n r t u in a string'],
    ['["\\u12g4"]', 1, 3, '\\u is followed by four hexadecimal digits'],
    ['["a\\ud83cb"]', 1, 4, '\\ud83c is one half of a surrogate pair'],
    ['["\\udfb5\\ud83c"]', 1, 3, '\\udfb5 is one half of a surrogate pair'],
    ['["\\udfb5\\udfb5"]', 1, 3, '\\udfb5 is one half of a surrogate pair'],
    ['["\\ud83c\\n"]', 1, 3, '\\ud83c is one half of a surrogate pair'],
    ['["\\ud83c\\u0041"]', 1, 3, '\\ud83c is one half of a surrogate pair'],
    ['{"a":"\\ud800","a":1}', 1, 7, '\\ud800 is one half of a surrogate pair'],
    ['\ufeff{}', 1, 1, 'the text begins with a byte order mark'],
  ])('%j at line %i, column %i', (text, line, column, problem) => {
    const error = refusal(text);
    expect(error.code).toBe('invalid_json');
    expect(error.message).toBe(`JSON text, line ${line}, column ${column}: ${problem}`);
    expect(error.details).toEqual({ line, column });
  });
});

describe('where it is', () => {
  it('counts characters, not bytes, and not code units', () => {
    expect(refusal('{"夜に🎵": x}').details).toEqual({ line: 1, column: 9 });
  });

  it('counts a line of CRLF once', () => {
    expect(refusal('[\r\n 1,\r\n é\r\n]').details).toEqual({ line: 3, column: 2 });
  });

  it('counts the lines that blank lines make', () => {
    expect(refusal('\n\n\n x').details).toEqual({ line: 4, column: 2 });
  });

  it('finds the first byte that is not UTF-8', () => {
    const text = Buffer.from('["é",\n "🎵", "?"]');
    text[text.indexOf('?')] = 0xff;
    const error = refusal(text);
    expect(error.details).toEqual({ line: 2, column: 8 });
    expect(error.message).toContain('byte 0xff');
  });

  it.each([
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a character that breaks off', [0xf0, 0x9f, 0x8e]],
    ['a continuation without a beginning', [0x80]],
    ['a character beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('finds %s far into a long text', (_, bytes) => {
    const before = `["${'é🎵夜'.repeat(30_000)}`;
    const error = refusal(
      Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from('"]')]),
    );
    expect(error.details).toEqual({ line: 1, column: Array.from(before).length + 1 });
  });

  it('names the file that it was given', () => {
    expect(refusal('[1,]', 'songs/a.json').message).toMatch(/^songs\/a\.json, line 1, column 4: /);
  });
});

describe('what to do', () => {
  it.each([
    ['{"a":1,}', 'JSON has no trailing commas.'],
    ["{'a':1}", 'JSON puts strings and keys in double quotes.'],
    ['{} # done', 'JSON has no comments.'],
    ['[True]', 'JSON writes true.'],
    ['[1', 'The text ends too early: was it written to the end?'],
    ['\ufeff1', 'Save it as UTF-8 without the mark.'],
  ])('is said of %j', (text, hint) => {
    expect(refusal(text).hint).toBe(hint);
  });
});
