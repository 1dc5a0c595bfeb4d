/** Type=notify, with a real datagram socket in the place of systemd's and systemd's own program to write to it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { installed } from '../helpers/installed.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const told: string[] = [];
let receiver: ChildProcess;
let dir: string;
let socket: string;
let start: { readonly root: string; readonly cwd: string; readonly env: NodeJS.ProcessEnv };

/** Prints a line of JSON for each datagram; an ancillary descriptor that is not asked for is closed, as the barrier wants. */
const receive = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps("listening"), flush=True)
while True: print(json.dumps(s.recv(65536).decode()), flush=True)
`;

beforeEach(async () => {
  dir = await tempDir();
  socket = join(dir, 'notify');
  start = { root: join(dir, 'tree'), cwd: dir, env: { NOTIFY_SOCKET: socket } };
  told.length = 0;
  receiver = spawn('python3', ['-c', receive, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (receiver.stdout === null) throw new Error('the receiver has no output');
  createInterface(receiver.stdout).on('line', (line) => told.push(JSON.parse(line) as string));
  await until(() => told.shift() === 'listening');
});
afterEach(async () => {
  receiver.kill('SIGKILL');
  await once(receiver, 'exit');
});

const messages = (): string[] => told.filter((text) => !text.startsWith('BARRIER='));

describe.skipIf(installed('systemd-notify') === undefined)('under a service manager', () => {
  it('says READY=1 once jobs are taken, and STOPPING=1 when it closes', async () => {
    const { url, log, end } = await daemonProcess(start);
    const ready = await until(() => messages()[0]);
    expect(ready.split('\n')).toEqual(['READY=1', `STATUS=serving ${start.root} at ${url}`]);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await end('SIGTERM')).toBe(0);
    expect(messages().slice(1)).toEqual(['STOPPING=1\nSTATUS=closing']);
    expect(log()).not.toContain('could not be told');
  });

  it('says nothing where it cannot serve', async () => {
    await expect(daemonProcess({ ...start, args: ['--runner', './none.mjs'] })).rejects.toThrow(
      'none',
    );
    expect(messages()).toEqual([]);
  });

  it('keeps the socket from runners, which would speak in its name', async () => {
    const runner = 'sh:printenv NOTIFY_SOCKET HOME > "$CAB_ARTIFACT_PATH" || true';
    const { url } = await daemonProcess({ ...start, args: ['--runner', runner] });
    const headers = { 'content-type': 'application/json', prefer: 'wait=30' };
    const answer = await fetch(`${url}/echo/jobs`, {
      method: 'POST',
      body: '{"features":1}',
      headers,
    });
    const { result } = (await answer.json()) as { result: { artifact_path: string } };
    expect(await readFile(result.artifact_path, 'utf8')).toBe(`${process.env['HOME'] ?? ''}\n`);
  });
});

it('warns where systemd-notify is missing, and serves', async () => {
  const path = join(dir, 'bin');
  await mkdir(path);
  await symlink(process.execPath, join(path, 'node'));
  const env = { ...start.env, PATH: path };
  const { url, log, end } = await daemonProcess({ ...start, env });
  await until(() => log().includes('could not be told'));
  expect(log()).toMatch(/systemd-notify.*ENOENT/);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await end('SIGTERM')).toBe(0);
  expect(messages()).toEqual([]);
});
