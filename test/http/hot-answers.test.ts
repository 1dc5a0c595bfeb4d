import { describe, expect, it } from 'vitest';
import { AnswerHead, HotAnswers, type HotAnswer } from '../../src/http/delivery/hot-answers.ts';

const head = new AnswerHead({ 'x-request-id': '' });
const answer = (size: number): HotAnswer => ({
  bytes: Buffer.alloc(size),
  digest: 'd',
  isCurrent: () => true,
  route: '/',
  isFile: true,
  whole: head,
  notModified: head,
});

describe('answers in memory', () => {
  it('never take more than they may, whatever is kept', () => {
    const hot = new HotAnswers(1 << 20);
    for (let round = 0; round < 5000; round++) {
      hot.keep(`/${round % 700}`, answer((round * 7919) % (64 << 10)));
      expect(hot.size).toBeLessThanOrEqual(1 << 20);
    }
    expect(hot.size).toBeGreaterThan(1 << 19);
    for (let url = 0; url < 700; url++) hot.drop(`/${url}`);
    expect(hot.size).toBe(0);
  });

  it('that were used stay, and the others go', () => {
    const hot = new HotAnswers(10 * 8192);
    for (let url = 0; url < 10; url++) hot.keep(`/${url}`, answer(4096));
    hot.get('/0');
    hot.keep('/new', answer(4096));
    expect(hot.get('/0')).toBeDefined();
    expect(hot.get('/1')).toBeUndefined();
    expect(hot.get('/2')).toBeDefined();
  });

  it('are small ones', () => {
    const hot = new HotAnswers();
    hot.keep('/small', answer(64 << 10));
    hot.keep('/large', answer((64 << 10) + 1));
    expect(hot.get('/small')).toBeDefined();
    expect(hot.get('/large')).toBeUndefined();
  });
});
