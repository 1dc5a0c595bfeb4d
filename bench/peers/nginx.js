import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../until.js';
import { freePort } from './free-port.js';
import { pathOf } from './programs.js';

/** nginx with one worker, sendfile and no log, on the files below `root`, until the point ends. */
export async function startNginx({ defer, dir: room }, root) {
  const dir = join(room, 'nginx');
  const port = await freePort();
  const conf = join(dir, 'nginx.conf');
  await mkdir(dir, { recursive: true });
  await writeFile(conf, configuration(root, dir, port));
  const child = execa(pathOf('nginx'), ['-p', dir, '-e', 'stderr', '-c', conf], {
    stdout: 'ignore',
  });
  child.catch(() => undefined);
  defer(async () => {
    child.kill('SIGTERM');
    await child.catch(() => undefined);
  });
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([
    until('nginx serves', () => answers(url)),
    child.then(() => {
      throw new Error('nginx ended at once');
    }),
  ]);
  return { url };
}

/** The workers are to read what the root's owner may, also where that is the superuser. */
function configuration(root, dir, port) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
daemon off;
pid ${join(dir, 'nginx.pid')};
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=1000;
  ${temporary.map((name) => `${name}_temp_path ${join(dir, name)};`).join('\n  ')}
  default_type application/json;
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`;
}

async function answers(url) {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
