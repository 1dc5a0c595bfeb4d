import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { undoneAfterTest } from './clean-up.ts';
import { until } from './until.ts';

const examples = join(import.meta.dirname, '../../examples/operations');

export interface ProxySetting {
  /** Of examples/operations. */
  readonly example: string;
  readonly program: string;
  /** For its files. */
  readonly dir: string;
  readonly root: string;
  /** Of the daemon. */
  readonly url: string;
}

/** Starts an example, its addresses and paths exchanged. Resolves with its own address; ended after the test. */
export async function startProxy(setting: ProxySetting): Promise<string> {
  const port = await freePort();
  await mkdir(setting.dir);
  const args = setting.example.startsWith('nginx')
    ? await nginx(setting, port)
    : await caddy(setting, port);
  const { dir } = setting;
  const child = spawn(setting.program, args, {
    stdio: 'ignore',
    env: { ...process.env, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir },
  });
  undoneAfterTest(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${setting.program} ended: ${child.exitCode}`);
    return (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200;
  });
  return url;
}

async function nginx(setting: ProxySetting, port: number): Promise<string[]> {
  const { dir } = setting;
  const server = await adapted(setting, [
    ['listen 80;', `listen 127.0.0.1:${port};`],
    ['server_name cab.example.org;', 'server_name 127.0.0.1;'],
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/${name};`)
    .join('\n');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const text = `${user} daemon off; pid ${dir}/pid; error_log ${dir}/error.log;
    events {}
    http { access_log off; include /etc/nginx/mime.types; ${temporary} ${server} }`;
  await writeFile(join(dir, 'nginx.conf'), text);
  return ['-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')];
}

async function caddy(setting: ProxySetting, port: number): Promise<string[]> {
  const site = await adapted(setting, [['cab.example.org {', `http://127.0.0.1:${port} {`]]);
  const config = join(setting.dir, 'Caddyfile');
  await writeFile(config, `{\n\tadmin off\n}\n${site}`);
  return ['run', '--adapter', 'caddyfile', '--config', config];
}

async function adapted(
  { example, root, url }: ProxySetting,
  changes: readonly [string, string][],
): Promise<string> {
  let text = await readFile(join(examples, example), 'utf8');
  for (const [from, to] of [...changes, ['127.0.0.1:8099', new URL(url).host] as const]) {
    if (!text.includes(from)) throw new Error(`${example} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text.replaceAll('/var/lib/cab/store', root);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
