import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest, requestText } from '../../helpers/raw-request.ts';
import { startServed, type Served } from '../../helpers/served.ts';

const secret = 'what lies outside of the root';

describe('tricks with paths', () => {
  let daemon: Served;
  beforeAll(async () => {
    daemon = await startServed();
    const job = await daemon.run('{"a":1}', { track_id: 't' });
    const { root } = daemon;
    await writeFile(join(root, '..', 'secret.json'), `{"track_id":"${secret}"}`);
    await writeFile(join(root, 'secret.json'), secret);
    await mkdir(join(root, 'echo', 'door'));
    await symlink(join(root, '..'), join(root, 'echo', 'door', 'out'));
    await symlink(
      join(root, '..', 'secret.json'),
      join(root, 'echo', job.config_hash, 'secret.json'),
    );
  });
  afterAll(() => daemon.close());

  const dots = ['..', '.', '%2e%2e', '%2E.', '..%2f..', '%2e%2e%2f', '..%5c..', '..\\..', '....//'];
  const odd = [
    '%00',
    'a%00.json',
    '%c0%ae%c0%ae',
    '%e0%80%af',
    '%252e%252e',
    '%25252e',
    '%',
    '%zz',
    '%ff',
    '%ed%a0%80',
    '~',
    '~root',
    'con',
    'nul.json',
    'a:b',
    '%2fetc%2fpasswd',
    'file:%2f%2f%2fetc%2fpasswd',
    '$HOME',
    '`id`',
    '%0d%0aSet-Cookie:%20a=b',
    '*',
    '?',
    '#',
    ';',
    '%20',
    '%F0%9F%8E%B5',
    'x'.repeat(300),
    'x'.repeat(5000),
    '%41'.repeat(2000),
    '__proto__',
    'constructor',
    'door',
    'out',
    'secret.json',
    '.cab',
    'jobs.db',
  ];
  const pieces = [...dots, ...odd];
  const targets = pieces.flatMap((piece) => [
    `/${piece}`,
    `/echo/${piece}`,
    `/echo/${piece}/${piece}`,
    `/echo/${piece}/${piece}/${piece}`,
    `/echo/${piece}/${piece}/secret.json`,
    `/echo/door/out/${piece}`,
    `/echo/index/${piece}`,
    `/echo/index/${piece}.json`,
    `/echo/index/${piece}/history.json`,
    `/echo/index/${piece}/${piece}.json`,
    `/echo/jobs/${piece}`,
    `/echo/jobs/${piece}/log`,
    `/echo/jobs/${piece}/events`,
    `/echo/jobs/${piece}/${piece}`,
    `/echo/jobs?cursor=${piece}&track=${piece}`,
    `/echo/events/${piece}`,
    `/echo/../${piece}/secret.json`,
    `//${piece}`,
  ]);

  it.each(['GET', 'HEAD', 'DELETE', 'POST'])(
    'never lead out of the root, nor to a failure of the server, by %s',
    async (method) => {
      const ask = async (target: string): Promise<void> => {
        const { status, head, body } = await rawRequest(daemon.url, requestText(method, target));
        expect(status, target).toBeLessThan(500);
        expect(status, target).toBeGreaterThanOrEqual(200);
        expect(head, target).not.toMatch(/^set-cookie/im);
        expect(body, target).not.toMatch(/outside of the root|root:x:/);
        if (status >= 400 && method !== 'HEAD')
          expect(JSON.parse(body), target).toMatchObject({ status });
      };
      for (let at = 0; at < targets.length; at += 16)
        await Promise.all(targets.slice(at, at + 16).map(ask));
    },
  );

  it('in tracks stay within the pointers', async () => {
    for (const track_id of ['../../secret', '../secret', '/etc/passwd', '..\\secret', '..', '.']) {
      const track = encodeURIComponent(track_id);
      expect((await daemon.get(`/echo/index/${track}.json`)).status, track_id).toBe(404);
      await daemon.run('{"a":1}', { track_id });
      const found = await daemon.get(`/echo/index/${track}.json`);
      expect(await found.json()).toMatchObject({ track_id });
    }
  });
});
