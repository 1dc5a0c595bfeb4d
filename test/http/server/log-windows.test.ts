import { expect, it } from 'vitest';
import { served } from '../../helpers/served.ts';

const headersOf = ({ headers }: Response) =>
  ['from', 'next', 'size'].map((name) => headers.get(`cab-log-${name}`));

async function withLog() {
  const daemon = await served();
  daemon.runner.behave = (_, { log }) => {
    for (let n = 0; n < 1000; n++) log('stdout', `line ${String(n).padStart(4, '0')}\n`);
    return undefined;
  };
  const { job_id } = await daemon.run('{}');
  const read = (query: string, method = 'GET') =>
    fetch(`${daemon.url}/echo/jobs/${job_id}/log${query}`, { method });
  return { ...daemon, read };
}

it('gives the end of a log without its beginning, and goes on from there', async () => {
  const { read } = await withLog();
  const end = await read('?tail=25');
  expect(headersOf(end)).toEqual(['9980', '10000', '10000']);
  expect(await end.text()).toBe('line 0998\nline 0999\n');
  const more = await read('?from=10000');
  expect(headersOf(more)).toEqual(['10000', '10000', '10000']);
  expect(await more.text()).toBe('');
});

it('gives a window of a log, and its size where all of it is sent', async () => {
  const { read } = await withLog();
  const window = await read('?from=5000&bytes=20');
  expect(headersOf(window)).toEqual(['5000', '5020', '10000']);
  expect(await window.text()).toBe('line 0500\nline 0501\n');
  const first = await read('?bytes=10');
  expect(headersOf(first)).toEqual(['0', '10', '10000']);
  const whole = await read('');
  expect(headersOf(whole)).toEqual([null, null, '10000']);
  expect(await whole.text()).toHaveLength(10_000);
  const head = await read('?tail=25', 'HEAD');
  expect(headersOf(head)).toEqual(['9980', '10000', '10000']);
});

it.each(['tail=0', 'tail=x', 'bytes=0', 'bytes=1048577', 'from=1&tail=1', 'from=-1'])(
  'refuses %s',
  async (query) => {
    const { read } = await withLog();
    const answer = await read(`?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
  },
);
