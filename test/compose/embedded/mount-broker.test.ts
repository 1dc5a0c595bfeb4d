import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import {
  connectBroker,
  defineRunner,
  mountBroker,
  openBroker,
  type MountOptions,
} from '../../../src/index.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const runner = defineRunner({
  name: 'mounted',
  version: '1',
  run: async ({ artifact_path }) => writeFile(artifact_path, '"computed"'),
});

async function mounted(options: MountOptions = {}, host = '127.0.0.1') {
  const broker = await openBroker({ root: await tempDir(), runner });
  const handler = await mountBroker(broker, options);
  const server = createServer((incoming, response) => {
    if (incoming.url === '/own') response.end('own');
    else handler(incoming, response);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    await handler.close();
    server.closeAllConnections();
    server.close();
    await broker.close();
  });
  return { broker, handler, port, url: `http://127.0.0.1:${port}` };
}

/** The status of an answer to a request with these headers. */
async function answer(port: number, headers: Record<string, string>, host = '127.0.0.1') {
  const asked = request({ host, port, path: '/echo/jobs', headers }).end();
  const response = await new Promise<IncomingMessage>((resolve) => asked.once('response', resolve));
  const body = z.object({ error: z.optional(z.string()) }).parse(JSON.parse(await text(response)));
  return [response.statusCode, body.error];
}

it('a client of a daemon works with a broker in a server of a program', async () => {
  const { url } = await mounted();
  const client = await connectBroker({ url });
  onTestFinished(() => client.close());
  const result = await client.run({ input: { n: 1 }, track_id: 'remote' });
  expect([result.cached, await result.json()]).toEqual([false, 'computed']);
  const types = [];
  for await (const { type } of client.events({ job_id: result.job.job_id })) types.push(type);
  expect(types).toEqual(['submitted', 'started', 'done']);
  expect(await (await fetch(`${url}/own`)).text()).toBe('own');
});

it('callers are refused by the rules of a daemon', async () => {
  const { port } = await mounted();
  expect(await answer(port, { host: 'elsewhere.example' })).toEqual([403, 'host_refused']);
  expect(await answer(port, { origin: 'https://elsewhere.example' })).toEqual([
    403,
    'origin_refused',
  ]);
  expect(await answer(port, {})).toEqual([200, undefined]);
  const closed = await mounted({ tokens: ['secret', { token: 'reader', role: 'read' }] });
  expect(await answer(closed.port, {})).toEqual([401, 'unauthorized']);
  expect(await answer(closed.port, { authorization: 'Bearer reader' })).toEqual([200, undefined]);
});

it('an address that others reach needs tokens', async () => {
  await expect(mounted({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'usage' });
  await expect(mounted({ tokens: [1] } as never)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('mountBroker: tokens'),
  });
});

const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

it.skipIf(elsewhere === undefined)(
  'a connection to another address is refused where no token guards it (no address here)',
  async () => {
    const { port } = await mounted({}, '0.0.0.0');
    expect(await answer(port, { host: 'localhost' }, elsewhere)).toEqual([403, 'host_refused']);
  },
);

it('ends waits when it is closed, and answers nothing more', async () => {
  const { handler, url, port } = await mounted();
  const events = await fetch(`${url}/echo/events`);
  await handler.close();
  await events.text();
  expect(await answer(port, {})).toEqual([503, 'not_ready']);
});
