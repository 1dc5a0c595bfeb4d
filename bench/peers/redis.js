import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from '../until.js';
import { freePort } from './free-port.js';
import { pathOf } from './programs.js';

/** Redis that flushes before each answer, as durable as a commit of cab's queue; runs until the point ends. */
export async function startRedis({ defer, dir: room }) {
  const dir = join(room, 'redis');
  const port = await freePort();
  await mkdir(dir);
  const settings = {
    port,
    bind: '127.0.0.1',
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = execa(pathOf('redis-server'), args, { stdout: 'ignore' });
  child.catch(() => undefined);
  defer(async () => {
    child.kill('SIGKILL');
    await child.catch(() => undefined);
  });
  await until('redis serves', () => accepts(port));
  return { host: '127.0.0.1', port };
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
