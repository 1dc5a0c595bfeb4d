import { describe, expect, it } from 'vitest';
import {
  AnswerCache,
  CachedHeaders,
  type CachedAnswer,
} from '../../../src/http/server/delivery/answer-cache.ts';

const headers = new CachedHeaders({ 'x-request-id': '' });
const answer = (size: number): CachedAnswer => ({
  bytes: Buffer.alloc(size),
  digest: 'd',
  isCurrent: () => true,
  route: '/',
  isFile: true,
  whole: headers,
  notModified: headers,
});

describe('answers in memory', () => {
  it('never take more than they may, whatever is kept', () => {
    const cache = new AnswerCache(1 << 20);
    for (let round = 0; round < 5000; round++) {
      cache.keep(`/${round % 700}`, answer((round * 7919) % (64 << 10)));
      expect(cache.size).toBeLessThanOrEqual(1 << 20);
    }
    expect(cache.size).toBeGreaterThan(1 << 19);
    for (let url = 0; url < 700; url++) cache.drop(`/${url}`);
    expect(cache.size).toBe(0);
  });

  it('are small ones', () => {
    const cache = new AnswerCache();
    cache.keep('/small', answer(64 << 10));
    cache.keep('/large', answer((64 << 10) + 1));
    expect(cache.get('/small')).toBeDefined();
    expect(cache.get('/large')).toBeUndefined();
  });
});
