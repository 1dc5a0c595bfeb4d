import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, open } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { RemoteBroker } from '../../../src/http/client/remote-broker.ts';
import { installed } from '../../helpers/installed.ts';
import { served, type Served } from '../../helpers/served.ts';

/** More than the system takes for a client that reads nothing. */
const size = 30_000_000;

/** An artifact of that size that the daemon has hashed. */
async function large(daemon: Served, bytes = size) {
  daemon.runner.text = 'a'.repeat(bytes);
  const key = await daemon.run('{"n":1}');
  const path = `/echo/${key.config_hash}/${key.source_hash}/historical_echo.json`;
  await (await daemon.get(path)).arrayBuffer();
  return { key, path, file: join(daemon.root, path) };
}

async function overwrite(file: string, at = size - 1): Promise<void> {
  await chmod(file, 0o644);
  const handle = await open(file, 'r+');
  await handle.write('b', at);
  await handle.close();
}

async function answerTo(url: string, headers = {}): Promise<IncomingMessage> {
  const request = httpGet(url, { headers });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

/** How many bytes came, and whether they were all that were announced. */
async function received(answer: IncomingMessage) {
  let length = 0;
  try {
    for await (const piece of answer) length += (piece as Buffer).length;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  }
  return { length, isComplete: answer.complete };
}

describe('a file that is overwritten in its place after the head was sent', () => {
  it.each([
    ['asked for whole', {}, size],
    ['of which a part was asked for', { range: 'bytes=10-' }, size - 10],
  ])('%s is cut off before its end', async (_what, headers, announced) => {
    const daemon = await served();
    const { path, file } = await large(daemon);
    const answer = await answerTo(daemon.url + path, headers);
    expect(answer.headers['content-length']).toBe(String(announced));
    await overwrite(file);
    const { length, isComplete } = await received(answer);
    expect(isComplete).toBe(false);
    expect(length).toBeLessThan(announced);
    expect((await daemon.get(path)).status).toBe(500);
    expect(await (await daemon.get('/metrics')).text()).toContain(
      'cab_verification_failures_total{code="hash_mismatch"} 2',
    );
  });

  it('is cut off also if it got shorter', async () => {
    const daemon = await served();
    const { path, file } = await large(daemon);
    const answer = await answerTo(daemon.url + path);
    await chmod(file, 0o644);
    await (await open(file, 'r+')).truncate(size - 1000);
    expect((await received(answer)).isComplete).toBe(false);
  });

  it('fails the download of a client of ours', async () => {
    const daemon = await served();
    const { key, file } = await large(daemon);
    const broker = new RemoteBroker({ url: daemon.url, sendFiles: false, cwd: '/' });
    const opened = await broker.open(key);
    await overwrite(file);
    await expect(text(opened.stream())).rejects.toMatchObject({ code: 'hash_mismatch' });
    await broker.close();
  });

  it('fails the reader in the same process', async () => {
    const daemon = await served();
    const { key, file } = await large(daemon);
    const opened = await daemon.broker.open(key);
    await overwrite(file);
    await expect(text(opened.stream())).rejects.toMatchObject({ code: 'hash_mismatch' });
  });
});

/**
 * Writes through a mapping that is dirty already, which moves no time of the file. Says `dirty` once it is, and writes
 * another byte for each line that comes.
 */
const mapped = `
import mmap, sys
file = open(sys.argv[1], 'r+b')
view = mmap.mmap(file.fileno(), 0)
view[-1] = view[-1]
print('dirty', flush=True)
for line in sys.stdin:
    view[-1] = line.encode()[0]
    print('written', flush=True)
`;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function dirtyMapping(file: string): Promise<(byte: string) => Promise<void>> {
  await chmod(file, 0o644);
  const child = spawn('python3', ['-c', mapped, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return async (byte) => {
    child.stdin.write(`${byte}\n`);
    await once(child.stdout, 'data');
  };
}

describe.skipIf(installed('python3') === undefined)(
  'bytes that no time of the file tells of',
  () => {
    it.each([
      ['small', 2000],
      ['middling', 200_000],
      ['large', 2_000_000],
    ])('are never sent as the file: a %s one', async (_what, bytes) => {
      const daemon = await served();
      const { path, file } = await large(daemon, bytes);
      const write = await dirtyMapping(file);
      const sound = await (await daemon.get(`${path}?uncached`)).text();
      expect(sha256(sound)).toBe(sha256(daemon.runner.text ?? ''));
      await write('b');
      const answer = await answerTo(`${daemon.url}${path}?uncached`);
      const { isComplete } = await received(answer);
      expect([answer.statusCode, isComplete]).not.toEqual([200, true]);
    });
  },
);
