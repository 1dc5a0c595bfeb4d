import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { openLine, requestOf } from '../../helpers/line.ts';
import { served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';
import { warmed } from '../../helpers/warmed.ts';
import { answersIn } from './fuzz/answers.ts';

const noRequest = 'this is no request\r\n\r\n';
const submission = (more = '') =>
  requestOf('/echo/jobs', `${more}Content-Length: 14\r\n`, 'POST') + '{"features":1}';

describe('bytes that are no request', () => {
  it('are refused after the answers to the requests before them', async () => {
    const daemon = await served();
    const { path } = await warmed(daemon);
    const line = openLine(daemon.url);
    await line.send(requestOf(`${path}?routes`) + requestOf(path) + submission() + noRequest);
    expect(statusesIn(await line.rest())).toEqual([200, 200, 202, 400]);
  });

  it('are refused after an answer that takes its time, however many pieces they come in', async () => {
    const daemon = await served();
    const gate = daemon.runner.hold();
    const line = openLine(daemon.url);
    await line.send(submission('Prefer: wait=60\r\n'), noRequest, noRequest, noRequest);
    await until(() => daemon.runner.calls === 1);
    gate.open();
    const text = await line.rest();
    expect(statusesIn(text)).toEqual([202, 400]);
    expect(text).toContain('"status":"done"');
  });

  it('do not get into an answer that has begun', async () => {
    const daemon = await served();
    const bytes = 'x'.repeat(12 << 20);
    daemon.runner.behave = async ({ artifact_path }) => {
      await writeFile(artifact_path, bytes);
      return { artifact: artifact_path, manifest: null };
    };
    const { path } = await warmed(daemon);
    const line = openLine(daemon.url);
    await line.send(requestOf(path));
    await until(() => line.socket.bytesRead > 0);
    line.socket.pause();
    await line.send(noRequest);
    line.socket.resume();
    const { answers } = answersIn(await line.rest(), ['GET']);
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(sha256(answers[0]?.body ?? '')).toBe(sha256(bytes));
  });

  it('are refused at once if they are in the body of the request', async () => {
    const daemon = await served();
    const line = openLine(daemon.url);
    const chunked = requestOf('/echo/jobs', 'Transfer-Encoding: chunked\r\n', 'POST');
    await line.send(requestOf('/healthz') + chunked + 'no size\r\n');
    expect(statusesIn(await line.rest())).toEqual([200, 400]);
  });

  it('are too much (413) if they are the extensions of a chunk', async () => {
    const daemon = await served();
    const line = openLine(daemon.url);
    const chunked = requestOf('/echo/jobs', 'Transfer-Encoding: chunked\r\n', 'POST');
    await line.send(`${chunked}1;${'e'.repeat(20_000)}\r\n`);
    const text = await line.rest();
    expect(statusesIn(text)).toEqual([413]);
    expect(text).toContain('"error":"body_too_large"');
  });
});

const statusesIn = (text: string): number[] => {
  const { answers, rest } = answersIn(text, []);
  expect(rest).toBe('');
  return answers.map(({ status }) => status);
};
