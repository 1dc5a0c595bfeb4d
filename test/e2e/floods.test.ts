/** Nothing that a client sends or asks for holds up the others: a real daemon, flooded, while others are answered. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { openSocket, readAnswer, requestText } from '../helpers/raw-request.ts';
import { openQueue } from '../helpers/sqlite-queue.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { progress, specOf } from '../helpers/jobs.ts';

let root: string;
beforeEach(async () => {
  root = join(await tempDir(), 'tree');
});

const submitted = (url: string, body: string): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

const copying = ['--runner', 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"'];

/** Requests of others that were answered, one after the other, until the work is over. */
async function answeredDuring(url: string, work: Promise<unknown>): Promise<number> {
  const flood = { isOver: false };
  void work.finally(() => (flood.isOver = true));
  let answered = 0;
  for (;;) {
    const { status } = await fetch(`${url}/readyz`);
    expect(status).toBe(200);
    // One that was waiting when the work ended says nothing.
    if (flood.isOver) return answered;
    answered += 1;
  }
}

const events = 12_000;

async function rootWithEvents(): Promise<number> {
  const { jobs } = layoutOf(root);
  await mkdir(dirname(jobs), { recursive: true });
  const store = await openQueue(jobs);
  const [job] = await store.submit([
    { spec: specOf('a'), priority: 0, max_attempts: 1, submitter: null, hit: null },
  ]);
  for (let n = 0; n < events; n += 1000)
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) => store.record(job?.id ?? '', progress(n + i))),
    );
  const last = await store.lastEvent();
  await store.cancel(job?.id ?? '');
  await store.close();
  return last;
}

it('readers that want the whole history do not hold up others', async () => {
  const last = await rootWithEvents();
  const { url } = await daemonProcess({ root, args: copying });
  const replays = Array.from({ length: 10 }, () => {
    const socket = openSocket(url);
    socket.write(requestText('GET', '/echo/events?after=0'));
    return new Promise<void>((resolve) => {
      let end = '';
      socket.on('data', (chunk) => {
        end = end.slice(-200) + chunk.toString();
        if (!end.includes(`id: ${last}\n`)) return;
        socket.destroy();
        resolve();
      });
    });
  });
  expect(await answeredDuring(url, Promise.all(replays))).toBeGreaterThan(50);
});

const large = `{"features":[${'1.50,'.repeat(8 << 20)}0]}`;

it.each(['/echo/jobs', '/echo/explain'])(
  'an input of 40 MB to %s does not hold up others',
  async (path) => {
    const { url } = await daemonProcess({ root, args: copying });
    const post = submitted(url + path, large);
    expect(await answeredDuring(url, post)).toBeGreaterThan(50);
    expect((await post).status).toBe(path === '/echo/jobs' ? 202 : 200);
  },
);

it('a body of a million fields that do not exist is refused for the first, and holds up nobody', async () => {
  const { url } = await daemonProcess({ root, args: copying });
  const fields = Array.from({ length: 1_000_000 }, (_, n) => `"field${n}":${n}`);
  const body = `{"features_path":"/a.json",${fields.join()}}`;
  const post = submitted(`${url}/echo/jobs`, body);
  await answeredDuring(url, post);
  const answer = await post;
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: 'invalid_request',
    details: { field: 'field0' },
  });
});

it('the reference profile passes over a million such fields without holding up others', async () => {
  const { url } = await daemonProcess({
    root,
    program: join(import.meta.dirname, '../../bin/serve.js'),
    env: { CAB_RUNNER: copying[1] ?? '' },
  });
  const fields = Array.from({ length: 1_000_000 }, (_, n) => `"field${n}":${n}`);
  const body = `{"features_path":"/nothing.json",${fields.join()}}`;
  const post = submitted(`${url}/echo/jobs`, body);
  expect(await answeredDuring(url, post)).toBeGreaterThan(20);
  expect(await (await post).json()).toMatchObject({ error: 'features_path_missing' });
});

it('fields beside the input that are too large are refused', async () => {
  const { url } = await daemonProcess({ root, args: copying });
  const body = `{"features":{},"probe":{"x":"${'y'.repeat(300 << 10)}"}}`;
  const answer = await submitted(`${url}/echo/jobs`, body);
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ error: 'body_too_large' });
});

it('a reader of events that does not read is cut off', async () => {
  await rootWithEvents();
  const { jobs } = layoutOf(root);
  const store = await openQueue(jobs);
  const [job] = await store.list({ limit: 1 });
  const text = 'x'.repeat(16 << 10);
  for (let n = 0; n < 1500; n += 100)
    await Promise.all(
      Array.from({ length: 100 }, () =>
        store.record(job?.id ?? '', {
          type: 'stdout',
          attempt: 1,
          data: { text, dropped: 0 },
        }),
      ),
    );
  await store.close();
  const { url } = await daemonProcess({ root, args: [...copying, '--idle-timeout', '300ms'] });
  const deaf = openSocket(url);
  deaf.write(requestText('GET', '/echo/events?after=0'));
  deaf.once('data', () => deaf.pause());
  await new Promise((resolve) => deaf.once('data', resolve));
  // Reads on only once the daemon says that nothing of it is left.
  for (;;) {
    const figures = await (await fetch(`${url}/metrics`)).text();
    if (figures.includes('cab_http_requests_in_progress 1\n')) break;
  }
  deaf.resume();
  const { body } = await readAnswer(deaf);
  expect(body.length).toBeLessThan(20 << 20);
});
