import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { sha256 } from '../../src/core/hashing/digest.ts';
import { currentOwner } from '../../src/support/process/owner.ts';
import { claimDaemon, type Daemon } from '../../src/daemon/daemon-file.ts';
import { findDaemon } from '../../src/daemon/find-daemon.ts';
import { bundle, type Bundle } from '../helpers/bundle.ts';
import { ownedTempDir, type TempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { traits } from '../http/server/daemon.ts';

const lineSchema = z.object({
  said: z.enum(['ready', 'won', 'lost']),
  code: z.optional(z.string()),
  message: z.optional(z.string()),
  holder: z.optional(z.nullable(z.number())),
});

interface Claimer {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** What it said last. */
  last(): z.infer<typeof lineSchema> | undefined;
}

let script: Bundle;
beforeAll(async () => {
  script = await bundle(join(import.meta.dirname, 'daemon-claimer.ts'));
});
afterAll(() => script.remove());

let dir: TempDir;
let root: string;
let file: string;
const claimers: Claimer[] = [];

beforeEach(async () => {
  dir = await ownedTempDir();
  root = dir.path;
  file = join(root, '.cab', 'daemon.json');
});
afterEach(async () => {
  await Promise.all(claimers.splice(0).map(kill));
  await dir.remove();
});

/** Processes that are up, and wait for the word. */
async function ready(count: number): Promise<Claimer[]> {
  const started = Array.from({ length: count }, start);
  await until(() => started.every((claimer) => claimer.last()?.said === 'ready'));
  return started;
}

function start(): Claimer {
  const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit'];
  const child = spawn(process.execPath, [script.path, root], { stdio });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const claimer = {
    process: child,
    last: () => {
      const line = output.split('\n').at(-2);
      return line === undefined ? undefined : lineSchema.parse(JSON.parse(line));
    },
  };
  claimers.push(claimer);
  return claimer;
}

/** All at once; the one that won. */
async function race(racers: readonly Claimer[]): Promise<Claimer> {
  for (const { process: child } of racers) child.stdin.write('go\n');
  await until(() => racers.every((racer) => racer.last()?.said !== 'ready'));
  const [winner, ...others] = racers.filter((racer) => racer.last()?.said === 'won');
  if (winner === undefined) throw new Error('nobody won');
  expect(others).toEqual([]);
  return winner;
}

async function kill({ process: child }: Claimer): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function stop({ process: child }: Claimer): Promise<void> {
  const closed = once(child, 'close');
  child.stdin.end();
  await closed;
}

const leftovers = async (): Promise<string[]> => [
  ...(await readdir(join(root, '.cab'))).filter((name) => name.startsWith('daemon.')),
  ...(await readdir(join(root, '.cab', 'tmp'))),
];

/** What a process leaves that was killed; its pid is this one's, its start another. */
const rest = (more: Partial<Daemon> = {}): string =>
  JSON.stringify({
    ...currentOwner(),
    started: '1',
    url: 'http://127.0.0.1:1',
    socket: null,
    ...traits,
    ...more,
  });

async function leave(text: string): Promise<void> {
  await mkdir(join(root, '.cab'), { recursive: true });
  await writeFile(file, text);
}

describe('the daemon of a root', () => {
  it('is one, however many start at once, and the others learn which', async () => {
    for (let round = 0; round < 4; round += 1) {
      const racers = await ready(5);
      const winner = await race(racers);
      for (const racer of racers.filter((one) => one !== winner))
        expect(racer.last()).toMatchObject({ code: 'daemon_running', holder: winner.process.pid });
      expect(await findDaemon(root)).toMatchObject({ pid: winner.process.pid, version: 'test' });
      await stop(winner);
      expect(await leftovers()).toEqual([]);
    }
  });

  it('is one, however many find the rest of one that was killed', async () => {
    let previous = await race(await ready(1));
    for (let round = 0; round < 6; round += 1) {
      await kill(previous);
      expect(await findDaemon(root)).toBeUndefined();
      previous = await race(await ready(5));
      expect(await findDaemon(root)).toMatchObject({ pid: previous.process.pid });
      expect(await leftovers()).toEqual(['daemon.json']);
    }
  });

  it('starts where another was killed while it replaced a rest', async () => {
    await leave(rest());
    const lock = `${file}.${sha256(rest()).slice(0, 16)}`;
    await writeFile(lock, rest({ started: '2' }));
    await writeFile(
      `${lock}.${sha256(rest({ started: '2' })).slice(0, 16)}`,
      rest({ started: '3' }),
    );
    const winner = await race(await ready(4));
    expect(await findDaemon(root)).toMatchObject({ pid: winner.process.pid });
    expect(await leftovers()).toEqual(['daemon.json']);
  });

  it('is refused where one lives, by its pid and address', async () => {
    const winner = await race(await ready(1));
    const { url } = (await findDaemon(root)) ?? {};
    await expect(claimDaemon(root, traits)).rejects.toMatchObject({
      code: 'daemon_running',
      message: `a daemon serves ${root} already: pid ${winner.process.pid ?? 0}, ${url ?? ''}`,
    });
  });
});

describe('the file of the daemon', () => {
  it('is of no account without a word of where it listens', async () => {
    const claim = await claimDaemon(root, traits);
    expect(await findDaemon(root)).toBeUndefined();
    await claim.publish({ url: null, socket: '/run/cab.sock' });
    expect(await findDaemon(root)).toMatchObject({ socket: '/run/cab.sock', pid: process.pid });
    await claim.release();
    await claim.release();
    expect(await findDaemon(root)).toBeUndefined();
  });

  it.each([
    ['half of one', '{"pid":'],
    ['one of another form', '{"pid":"1"}'],
    ['nothing', ''],
    ['the rest of a process whose pid has gone to another', rest()],
    ['one of an earlier boot', rest({ machine: `${hostname()}/another-boot/pid:[1]` })],
  ])('names no daemon, and gives way, where it is %s', async (_, text) => {
    await leave(text);
    expect(await findDaemon(root)).toBeUndefined();
    const claim = await claimDaemon(root, traits);
    await claim.publish({ url: 'http://127.0.0.1:1', socket: null });
    expect(await findDaemon(root)).toMatchObject({ pid: process.pid });
    await claim.release();
    expect(await leftovers()).toEqual([]);
  });

  it('counts for a process that cannot be seen while someone answers there', async () => {
    const [host = '', boot = ''] = currentOwner().machine.split('/');
    const socket = join(root, 'there.sock');
    await leave(rest({ machine: `${host}/${boot}/pid:[elsewhere]`, socket }));
    expect(await findDaemon(root)).toBeUndefined();
    const server = createServer().listen(socket);
    await once(server, 'listening');
    expect(await findDaemon(root)).toMatchObject({ socket });
    await expect(claimDaemon(root, traits)).rejects.toMatchObject({ code: 'daemon_running' });
    server.close();
  });

  it("is left alone by who let go of it, once it is another's", async () => {
    const claim = await claimDaemon(root, traits);
    await writeFile(file, rest({ pid: 1 }));
    await claim.release();
    expect(await readFile(file, 'utf8')).toBe(rest({ pid: 1 }));
  });
});
