import {
  chmod,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { openSocket } from '../../helpers/raw-request.ts';
import { served, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';
import { fromMemory, warmed } from '../../helpers/warmed.ts';

describe('an answer from memory', () => {
  const failing: [string, number, (file: string) => Promise<void>][] = [
    ['bytes are changed in place, and its times put back', 500, changeInPlace],
    ['file is replaced by another', 500, (file) => replace(file, 'something else entirely')],
    ['file is removed', 404, (file) => rm(file)],
    ['file becomes a link', 404, linkTo],
    ['entry is moved away', 404, (file) => rename(dirname(file), `${dirname(file)}.away`)],
    ['manifest is removed', 404, (file) => rm(manifestOf(file))],
    ['manifest is broken', 500, (file) => replace(manifestOf(file), '{')],
    [
      'manifest names another digest',
      500,
      async (file) =>
        replace(
          manifestOf(file),
          (await readFile(manifestOf(file), 'utf8')).replaceAll(
            /[0-9a-f]{64}(?=","size)/g,
            '0'.repeat(64),
          ),
        ),
    ],
  ];

  it.each(failing)('is not given when the %s', async (_what, status, damage) => {
    const daemon = await served();
    const { path, file } = await warmed(daemon);
    expect((await daemon.get(path)).status).toBe(200);
    await damage(file);
    for (const headers of [{}, { 'if-none-match': '*' }]) {
      const cold = await daemon.get(`${path}?cold`, headers);
      const answer = await daemon.get(path, headers);
      expect(answer.status).toBe(cold.status);
      expect(answer.status).toBe(status);
      const { error } = (await answer.json()) as { error: string };
      expect(await cold.json()).toMatchObject({ error });
    }
  });

  it("is that of the entry which stands, while entries take each other's place", async () => {
    const daemon = await served();
    const { path, file } = await warmed(daemon);
    const dir = dirname(file);
    const first = await readFile(file);
    await copyOf(dir, `${dir}.second`, 'the second');
    const valid = new Set([sha256(first), sha256('the second')]);
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    let isOver = false;
    let answers = 0;
    const reader = async () => {
      while (!isOver) {
        const { status, tag, bytes } = await fetched(daemon.url + path, agent);
        answers += 1;
        if (status === 404) continue;
        // Between the two renames an old manifest may lie beside a new artifact: refused, never sent.
        expect([200, 500]).toContain(status);
        if (status === 200) expect([...valid]).toContain(sha256(bytes));
        if (status === 200) expect(tag).toBe(`"${sha256(bytes)}"`);
      }
    };
    const readers = Array.from({ length: 16 }, reader);
    for (let swap = 0; swap < 25; swap++) {
      await rename(dir, `${dir}.spare`);
      await rename(`${dir}.second`, dir);
      await rename(`${dir}.spare`, `${dir}.second`);
      const { bytes } = await fetched(daemon.url + path, agent);
      expect(bytes.equals(await readFile(file))).toBe(true);
      const seen = answers;
      await until(() => answers > seen + 20);
    }
    isOver = true;
    await Promise.all(readers);
    agent.destroy();
    expect(await fromMemory(daemon)).toBeGreaterThan(100);
  });

  it('that follows a predicted key gives way to an entry which comes to stand there', async () => {
    const daemon = await served();
    daemon.runner.publishUnder = { config_hash: 'a'.repeat(64), source_hash: 'b'.repeat(64) };
    const features_path = await daemon.features('{"moved":1}');
    const { job_id, config_hash, source_hash } = await daemon.broker.submit({ features_path });
    await daemon.broker.wait(job_id);
    const path = `/echo/${config_hash}/${source_hash}/historical_echo.json`;
    for (let time = 0; time < 3; time++) expect((await daemon.get(path)).status).toBe(200);
    const at = join(daemon.root, 'echo', 'a'.repeat(64), 'b'.repeat(64));
    await copyOf(at, dirname(join(daemon.root, path)), 'of its own');
    expect(await (await daemon.get(path)).text()).toBe('of its own');
  });

  it('is cut off when nobody takes it, and others are served meanwhile', async () => {
    const daemon = await served({ limits: { idleMs: 400 } });
    const { path, digest } = await warmed(daemon);
    const socket = openSocket(daemon.url);
    let isClosed = false;
    socket.on('close', () => (isClosed = true));
    socket.pause();
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    socket.write(request.repeat(40_000));
    const answer = await daemon.get(path);
    expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
    await until(async () => (await connections(daemon)) <= 2);
    socket.resume();
    await until(() => isClosed);
  });
});

const connections = async (daemon: Served): Promise<number> =>
  Number(/^cab_http_connections (\d+)/m.exec(await (await daemon.get('/metrics')).text())?.[1]);

const manifestOf = (file: string): string => join(dirname(file), 'manifest.json');

async function changeInPlace(file: string): Promise<void> {
  const { atime, mtime, size } = await stat(file);
  await chmod(file, 0o644);
  await writeFile(file, 'x'.repeat(size));
  await utimes(file, atime, mtime);
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

async function linkTo(file: string): Promise<void> {
  await rename(file, `${file}.target`);
  await symlink(`${file}.target`, file);
}

/** Another sound entry, made of the files of one. */
async function copyOf(dir: string, target: string, text: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as {
    artifact: object;
  };
  Object.assign(manifest.artifact, { sha256: sha256(text), etag: sha256(text), size: text.length });
  await writeFile(join(target, 'historical_echo.json'), text);
  await writeFile(join(target, 'manifest.json'), JSON.stringify(manifest));
}

async function fetched(url: string, agent: Agent) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    httpGet(url, { agent }, resolve).on('error', reject),
  );
  return { status: answer.statusCode ?? 0, tag: answer.headers.etag, bytes: await buffer(answer) };
}
