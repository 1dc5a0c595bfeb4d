import { describe, expect, it } from 'vitest';
import { openLine, requestOf } from '../../helpers/line.ts';
import { served } from '../../helpers/served.ts';
import { warmed } from '../../helpers/warmed.ts';
import { answersIn } from './fuzz/answers.ts';

describe('100 Continue', () => {
  it('comes before the answer, never within it, however many requests wait', async () => {
    const daemon = await served();
    const { path } = await warmed(daemon);
    for (const query of ['', '?routes']) {
      const line = openLine(daemon.url);
      const expecting = requestOf(path + query, 'Expect: 100-continue\r\nConnection: close\r\n');
      await line.send(requestOf('/readyz') + requestOf(`${path}?routes`) + expecting);
      const text = await line.rest();
      const { answers, rest } = answersIn(text, ['GET', 'GET', 'GET']);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(answers[2]?.body).toBe(answers[1]?.body);
      expect(rest).toBe('');
    }
  });

  it('comes to a body that waits for it, after the answers before', async () => {
    const daemon = await served();
    const line = openLine(daemon.url);
    const head = 'Expect: 100-continue\r\nConnection: close\r\nContent-Length: 14\r\n';
    await line.send(requestOf('/readyz') + requestOf('/echo/jobs', head, 'POST'));
    expect(await line.answer()).toContain('HTTP/1.1 200 OK');
    expect(await line.answer()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    await line.send('{"features":1}');
    expect(await line.rest()).toContain('HTTP/1.1 202 Accepted');
  });
});
