import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { served } from '../../helpers/served.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describe('an address that others reach', () => {
  it('is refused without a token', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.0.1', 'example.org'])
      await expect(served({ host })).rejects.toMatchObject({ code: 'usage' });
    await expect(served({ tokens: [{ token: ' ', role: 'read' }] })).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it('is taken with a token, or when it is said out loud', async () => {
    for (const more of [{ insecure: true }, { tokens: [{ token: 't', role: 'write' }] as const }]) {
      const { server } = await served({ host: '0.0.0.0', ...more });
      const url = server.address.replace('0.0.0.0', '127.0.0.1');
      const answer = await fetch(`${url}/echo/jobs`, { headers: { authorization: 'Bearer t' } });
      expect(answer.status).toBe(200);
    }
  });

  it('takes no paths, unless their directory was named', async () => {
    const { server, features } = await served({ host: '0.0.0.0', insecure: true });
    const url = server.address.replace('0.0.0.0', '127.0.0.1');
    const submit = (body: object) =>
      fetch(`${url}/echo/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const answer = await submit({ features_path: await features('{}') });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: 'path_refused' });
    expect((await submit({ features: {} })).status).toBe(202);
  });

  it('that is taken already is named', async () => {
    const first = await served();
    const { port } = new URL(first.url);
    await expect(served({ port: Number(port) })).rejects.toMatchObject({
      code: 'address_unavailable',
    });
  });
});

describe('the fence around paths', () => {
  it('lets in what lies within, and tells nothing of what lies outside', async () => {
    const dir = await tempDir();
    const inside = join(dir, 'inside');
    const outside = join(dir, 'inside-not');
    for (const path of [inside, outside]) {
      await mkdir(path);
      await writeFile(join(path, 'a.json'), '{}');
    }
    await symlink(join(outside, 'a.json'), join(inside, 'link.json'));
    await symlink(outside, join(inside, 'door'));
    await symlink(inside, join(dir, 'way-in'));
    const { post } = await served({ allowRoots: [inside], cwd: inside }, { cwd: inside });
    const codeOf = async (body: object) => {
      const answer = await post('/echo/jobs', body);
      return answer.status === 202
        ? 'accepted'
        : ((await answer.json()) as { error: string }).error;
    };
    const cases: [string, string][] = [
      [join(inside, 'a.json'), 'accepted'],
      ['a.json', 'accepted'],
      [join(dir, 'way-in', 'a.json'), 'accepted'],
      [join(inside, 'none.json'), 'features_path_missing'],
      [join(inside, 'no', 'such', 'dir.json'), 'features_path_missing'],
      [join(outside, 'a.json'), 'path_refused'],
      [join(outside, 'none.json'), 'path_refused'],
      [join(inside, 'link.json'), 'path_refused'],
      [join(inside, 'door', 'a.json'), 'path_refused'],
      [join(inside, 'door', 'none.json'), 'path_refused'],
      [`${inside}/../inside-not/a.json`, 'path_refused'],
      ['../inside-not/a.json', 'path_refused'],
      ['/etc/passwd', 'path_refused'],
      ['/proc/self/environ', 'path_refused'],
      [`${inside}/\0/../../etc/passwd`, 'path_refused'],
      [`${inside}/${'x'.repeat(5000)}`, 'path_refused'],
      [inside, 'path_refused'],
    ];
    for (const [features_path, code] of cases)
      expect(await codeOf({ features_path }), features_path).toBe(code);
    expect(await codeOf({ features: {}, db_path: '/etc/passwd' })).toBe('path_refused');
    expect(await codeOf({ features: {}, db_path: 'a.json' })).toBe('accepted');
  });
});
