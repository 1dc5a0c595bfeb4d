import { once } from 'node:events';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { daemonSocket } from '../../src/daemon/daemon-socket.ts';
import { listenOnSocket } from '../../src/http/server/connection/listen-on-socket.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const server = createServer((call) => call.end('here'));
afterEach(() => server.close());

async function answerAt(path: string): Promise<string> {
  const [first] = (await once(connect({ path }).setEncoding('utf8'), 'data')) as [string];
  return first;
}

describe("the daemon's socket", () => {
  it("lies in the root, open to its user alone, in the place of a dead daemon's", async () => {
    const root = await tempDir();
    await mkdir(join(root, '.cab'));
    await writeFile(join(root, '.cab', 'daemon.sock'), '');
    await writeFile(join(root, 'before'), '');
    const socket = await daemonSocket(root);
    await listenOnSocket(server, socket.path);
    expect(socket.path).toBe(join(root, '.cab', 'daemon.sock'));
    expect((await stat(socket.path)).mode & 0o777).toBe(0o600);
    // The mask that hid the socket is no longer in force.
    await writeFile(join(root, 'after'), '');
    expect((await stat(join(root, 'after'))).mode).toBe((await stat(join(root, 'before'))).mode);
    expect(await answerAt(socket.path)).toBe('here');
    await socket.remove();
    await socket.remove();
    expect(await readdir(join(root, '.cab'))).toEqual([]);
  });

  it('lies in a private directory where the path of the root is too long', async () => {
    const root = join(await tempDir(), 'long'.repeat(30));
    await mkdir(join(root, '.cab'), { recursive: true });
    const socket = await daemonSocket(root);
    await listenOnSocket(server, socket.path);
    expect(await answerAt(socket.path)).toBe('here');
    expect((await stat(dirname(socket.path))).mode & 0o777).toBe(0o700);
    await socket.remove();
    await expect(stat(dirname(socket.path))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('tells where it cannot listen', async () => {
    await expect(listenOnSocket(server, '/no/such/dir/daemon.sock')).rejects.toMatchObject({
      code: expect.stringMatching(/^E/) as string,
    });
  });
});
