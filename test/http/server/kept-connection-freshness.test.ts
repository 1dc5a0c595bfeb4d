import { rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { FsPointerStore } from '../../../src/stores/local/fs-pointer-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { pointerOf } from '../../contract/pointer-store.ts';
import { openLine, requestOf, type Line } from '../../helpers/line.ts';
import { served, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';
import { cachePointer, fromMemory, warmed } from '../../helpers/warmed.ts';

describe('on a kept connection', () => {
  it('a pointer that moves is seen by the very next request, however fast it moves', async () => {
    const daemon = await served();
    const path = '/echo/index/t.json';
    const store = new FsPointerStore(layoutOf(daemon.root));
    await store.write(pointerOf('t', 0));
    const line = await lineTo(daemon);
    await cachePointer(daemon, path);
    for (let n = 1; n < 150; n++) {
      // Two moves in between give the inode back that the one before the last had.
      for (let times = n % 3; times >= 0; times--) await store.write(pointerOf('t', n));
      await line.send(requestOf(path));
      expect(await line.answer()).toContain(`"config_hash":"c${n}"`);
      if (n % 10 === 0) await cachePointer(daemon, path);
    }
  });

  it.each<[string, number, (file: string) => Promise<void>]>([
    ['removed', 404, (file) => rm(file)],
    ['broken', 500, (file) => writeFile(file, '{')],
    [
      'broken, its times put back',
      500,
      async (file) => {
        await writeFile(file, '{');
        await utimes(file, 1, 1);
      },
    ],
    [
      'made a link to another',
      404,
      async (file) => {
        await writeFile(`${file}.target`, JSON.stringify(pointerOf('other', 1)));
        await rm(file);
        await symlink(`${file}.target`, file);
      },
    ],
    ['put into the place of another', 404, (file) => rename(file, `${file}.away`)],
  ])('a pointer that was %s is not given', async (_what, status, damage) => {
    const daemon = await served();
    await new FsPointerStore(layoutOf(daemon.root)).write(pointerOf('t', 1));
    const line = await lineTo(daemon);
    const path = '/echo/index/t.json';
    await cachePointer(daemon, path);
    await line.send(requestOf(path));
    expect(await line.answer()).toContain('HTTP/1.1 200');
    await damage(join(daemon.root, path));
    for (const more of ['', 'If-None-Match: *\r\n']) {
      await line.send(requestOf(path, more));
      expect(await line.answer()).toContain(`HTTP/1.1 ${status}`);
    }
  });

  it('a file that was damaged or removed is not given', async () => {
    const daemon = await served();
    const { path, file } = await warmed(daemon);
    const line = await lineTo(daemon);
    const statusOf = async (): Promise<string> => {
      await line.send(requestOf(path));
      return (await line.answer()).slice(9, 12);
    };
    expect(await statusOf()).toBe('200');
    await writeFile(`${file}.new`, 'something else');
    await rename(`${file}.new`, file);
    expect(await statusOf()).toBe('500');
    await rm(file);
    expect(await statusOf()).toBe('404');
  });

  it('answers are logged and counted as any other', async () => {
    const lines: string[] = [];
    const daemon = await served({
      logger: pino({ base: null, timestamp: false }, { write: (line) => lines.push(line) }),
    });
    const { path } = await warmed(daemon);
    const line = await lineTo(daemon);
    const before = await fromMemory(daemon);
    for (const more of ['', 'If-None-Match: *\r\n', 'X-Odd: 1\r\n'])
      for (const method of ['GET', 'HEAD']) {
        await line.send(requestOf(path, `X-Request-Id: id\r\n${more}`, method));
        await line.answer(method === 'HEAD');
      }
    const logged = () => lines.filter((text) => text.includes('"request_id":"id"'));
    await until(() => logged().length === 6);
    const compared = logged().map((text) => text.replace(/"ms":[\d.e-]+/, ''));
    expect(compared.slice(0, 2)).toEqual(compared.slice(4));
    expect(compared[2]).toBe(compared[0]?.replace('"status":200', '"status":304'));
    expect(await fromMemory(daemon)).toBe(before + 6);
    const figures = await (await daemon.get('/metrics')).text();
    expect(figures).toContain(
      'cab_http_requests_total{method="HEAD",route="/echo/:config_hash/:source_hash/*",status="304"} 1',
    );
    expect(figures).toContain('cab_files_served_total{outcome="not_modified"} 2');
  });

  it('a caller without a token is refused, whoever was answered on the connection before', async () => {
    const token = { authorization: 'Bearer secret' };
    const daemon = await served({ tokens: [{ token: 'secret', role: 'read' }] });
    const { path } = await warmed(daemon, token);
    const line = await lineTo(daemon);
    for (const more of ['', 'Authorization: Bearer secret\r\n', '']) {
      await line.send(requestOf(path, more));
      expect((await line.answer()).slice(9, 12)).toBe(more === '' ? '401' : '200');
    }
  });

  it('silence does not keep the daemon from closing', async () => {
    const daemon = await served();
    const { path } = await warmed(daemon);
    const line = await lineTo(daemon);
    await line.send(requestOf(path));
    await line.answer();
    await daemon.server.close(60_000);
    expect(await line.rest()).toBe('');
  });
});

async function lineTo({ url }: Served): Promise<Line> {
  const line = openLine(url);
  await line.send(requestOf('/healthz'));
  await line.answer();
  return line;
}
