import { expect, it } from 'vitest';
import { problemText } from '../../../src/cli/terminal/problem.ts';
import { paint } from '../../../src/cli/terminal/style.ts';
import { visible, visibleJson, visiblePainted } from '../../../src/cli/terminal/visible.ts';

const onTerminal = { colour: true, width: 80, now: 0 };

it.each([
  ['\u001B]0;title\u0007', '^[]0;title^G'],
  ['\u001B[2J\u001B[1;31mred', '^[[2J^[[1;31mred'],
  ['\u009B31m', '\\x9b31m'],
  ['over\rwritten\b', 'over^Mwritten^H'],
  ['\u202Egnp.exe', '\\u202egnp.exe'],
  ['\u007F', '^?'],
  ['two\r\nlines\n\tand a tab 夜', 'two\nlines\n\tand a tab 夜'],
])('what would drive a terminal is seen: %j', (text, seen) => {
  expect(visible(text)).toBe(seen);
  expect(visiblePainted(text)).toBe(seen);
});

it('colours of our own stay, in a text that was painted', () => {
  const painted = paint(onTerminal, 'green', 'done');
  expect(visiblePainted(`${painted}\u001B[2J`)).toBe(`${painted}^[[2J`);
});

it('JSON stays the same value', () => {
  const value = { name: 'a\u001B[2J\u009B31m\u202E' };
  const json = visibleJson(JSON.stringify(value));
  expect(json).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(json)).toEqual(value);
});

it('a message on a terminal drives it as little', () => {
  const problem = { message: 'no track "\u001B[32m"', hint: 'see \u001B[31m' };
  expect(problemText({ ...onTerminal, colour: false }, problem)).toBe(
    'error: no track "^[[32m"\n  hint: see ^[[31m',
  );
});
