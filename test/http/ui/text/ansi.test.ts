import { describe, expect, it } from 'vitest';
import { spansOf, withoutEscapes } from '../../../../src/http/ui/text/ansi.ts';

const esc = '\u001b';

describe('a line of a log', () => {
  it('has the colours that the program gave it', () => {
    expect(spansOf(`${esc}[1;31merror${esc}[0m: ${esc}[4mhere${esc}[24m`)).toEqual([
      { text: 'error', look: 'f1 bold' },
      { text: ': ', look: '' },
      { text: 'here', look: 'underline' },
    ]);
  });

  it.each([
    ['bright', '[92m', 'f2'],
    ['one of 256, plain', '[38;5;4m', 'f4'],
    ['one of 256, from the cube', '[38;5;196m', 'f1'],
    ['one of 256, grey', '[38;5;250m', 'f7'],
    ['one of 16 million', '[38;2;20;200;30m', 'f2'],
    ['one of 16 million, with colons', '[38:2:20:200:30m', 'f2'],
    ['behind the text', '[48;5;3m', 'b3'],
    ['behind the text, bright', '[103m', 'b3'],
    ['reset without a number', '[31m\u001b[m', ''],
    ['unknown', '[38;9m', ''],
  ])('knows a colour: %s', (_name, sequence, look) => {
    expect(spansOf(`${esc}${sequence}x`)).toEqual([{ text: 'x', look }]);
  });

  it.each([
    ['a title', `${esc}]0;pwned\u0007text`],
    ['a link', `${esc}]8;;http://a.example${esc}\\text${esc}]8;;${esc}\\`],
    ['an alternate screen', `${esc}[?1049htext`],
    ['a device control string', `${esc}Pq#0${esc}\\text`],
    ['a charset', `${esc}(Btext`],
    ['one that is cut off', `text${esc}[31`],
    ['one that never ends', `text${esc}]0;title`],
    ['an eight-bit one', 'te\u009bxt'],
    ['a bell and a null', 'te\u0007\u0000xt'],
    ['a turn of direction', '\u202etext'],
  ])('is without what a terminal would act on: %s', (_name, line) => {
    expect(withoutEscapes(line)).toBe('text');
    expect(
      spansOf(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe('text');
  });

  it('is what was written last, and keeps tabs', () => {
    expect(withoutEscapes('10 %\r55 %\r100 %\tdone\r\r')).toBe('100 %\tdone');
  });

  it('takes linear time, however it is made', () => {
    const line = `${esc}]`.repeat(50_000) + `${esc}[1;`.repeat(50_000);
    expect(spansOf(line).every(({ look }) => look === '')).toBe(true);
  });
});
