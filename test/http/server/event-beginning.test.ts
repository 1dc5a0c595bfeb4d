import { expect, it } from 'vitest';
import { openSocket, requestText } from '../../helpers/raw-request.ts';
import { served, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';
import { RemoteBroker } from '../../../src/http/client/remote-broker.ts';

function listen(daemon: Served, headers: Record<string, string> = {}) {
  const socket = openSocket(daemon.url);
  const heard = { text: '', leave: () => socket.destroy() };
  socket.on('data', (chunk) => (heard.text += chunk.toString()));
  socket.write(requestText('GET', '/echo/events', headers));
  return heard;
}

it('the events of all jobs begin with now, where no event is named', async () => {
  const daemon = await served();
  const before = await daemon.run('{"n":1}');
  const last = await daemon.broker.lastEvent();
  const heard = listen(daemon);
  // The first that comes names the place, so that a client whose connection breaks misses nothing.
  await until(() => heard.text.includes(`\r\nid: ${last}\n\n`));
  expect(heard.text.toLowerCase()).toContain(`cab-last-event: ${last}\r\n`);
  const after = await daemon.run('{"n":2}');
  await until(() => heard.text.includes('event: done'));
  expect(heard.text).toContain(after.job_id);
  expect(heard.text).not.toContain(before.job_id);
  heard.leave();
});

it('and with all that are kept after the one that is named', async () => {
  const daemon = await served();
  const job = await daemon.run('{"n":1}');
  const heard = listen(daemon, { 'Last-Event-ID': '0' });
  await until(() => heard.text.includes('event: done'));
  expect(heard.text).toContain(job.job_id);
  heard.leave();
});

it('a client is told which event was the last', async () => {
  const daemon = await served();
  const remote = new RemoteBroker({ url: daemon.url, cwd: '/', sendFiles: false });
  expect(await remote.lastEvent()).toBe(0);
  await daemon.run('{}');
  expect(await remote.lastEvent()).toBe(await daemon.broker.lastEvent());
  expect(await remote.lastEvent()).toBeGreaterThan(0);
  await remote.close();
});

it('a list of jobs longer than is read at a stretch is whole, and in order', async () => {
  const daemon = await served({}, { work: 'none' });
  const ids: string[] = [];
  for (let n = 0; n < 150; n += 1)
    ids.unshift((await daemon.broker.submit({ features_text: `${n}` })).job_id);
  const { jobs, next } = await daemon.broker.jobs({ limit: 140, status: 'pending' });
  expect(jobs.map(({ job_id }) => job_id)).toEqual(ids.slice(0, 140));
  const rest = await daemon.broker.jobs({ limit: 140, ...(next !== null && { cursor: next }) });
  expect(rest).toMatchObject({ jobs: { length: 10 }, next: null });
});
