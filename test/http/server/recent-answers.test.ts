import { expect, it } from 'vitest';
import { RecentAnswers } from '../../../src/http/server/delivery/recent-answers.ts';

it('makes an answer once for all who ask meanwhile, and again when it is old', async () => {
  let now = 0;
  const answers = new RecentAnswers<number>(1000, () => now);
  let made = 0;
  const make = async () => (made += 1);
  expect(await Promise.all([answers.get('a', make), answers.get('a', make)])).toEqual([1, 1]);
  now = 999;
  expect(await answers.get('a', make)).toBe(1);
  now = 1000;
  expect(await answers.get('a', make)).toBe(2);
});

it('keeps an answer longer that took long', async () => {
  let now = 0;
  const answers = new RecentAnswers<number>(1000, () => now);
  let made = 0;
  const make = async () => {
    now += 2000;
    return (made += 1);
  };
  expect(await answers.get('a', make)).toBe(1);
  now = 9999;
  expect(await answers.get('a', make)).toBe(1);
  now = 10_000;
  expect(await answers.get('a', make)).toBe(2);
});

it('keeps each answer by its name', async () => {
  const answers = new RecentAnswers<string>(60_000);
  const texts = ['one', 'two'];
  const make = async () => texts.shift() ?? 'none';
  expect(await answers.get('a', make)).toBe('one');
  expect(await answers.get('b', make)).toBe('two');
  expect(await answers.get('a', make)).toBe('one');
});

it('keeps no failure', async () => {
  const answers = new RecentAnswers<string>(60_000);
  await expect(answers.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await answers.get('a', async () => 'yes')).toBe('yes');
});
