/** Who may call `cab serve`, how it speaks to a person, and how it ends. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { isRoot, ordinaryUser, workplace } from '../faults/rig/users.ts';
import { cab } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { rawRequest, requestText } from '../helpers/raw-request.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const program = join(import.meta.dirname, '../../bin/run.js');
const copying = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

let dir: string;
let root: string;
let song: string;
beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'tree');
  song = join(dir, 'song.json');
  await writeFile(song, '{"n":1}');
});

const serve = (runner: string, ...more: string[]) =>
  daemonProcess({ root, cwd: dir, args: ['--runner', runner, ...more] });

describe('tokens of cab serve', () => {
  it('let the commands in by their role', async () => {
    const file = join(dir, 'tokens');
    await writeFile(file, '# of the house\nread looker\nmaker\n');
    const { url } = await serve(copying, '--token-file', file);
    const call = (token: string | undefined, ...args: string[]) =>
      cab([...args, '--url', url], {
        cwd: dir,
        env: token === undefined ? {} : { CAB_TOKEN: token },
      });
    const made = await call('maker', 'submit', song, '--wait');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('  done') });
    expect(await call('looker', 'get', 'song')).toMatchObject({ code: 0, stdout: '{"n":1}' });
    const forbidden = await call('looker', 'submit', song, '--json');
    expect(forbidden.code).toBe(2);
    expect(JSON.parse(forbidden.stdout)).toMatchObject({ error: 'forbidden' });
    for (const token of [undefined, 'wrong']) {
      const refused = await call(token, 'status', '--json');
      expect(refused.code).toBe(2);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: 'unauthorized' });
    }
    expect((await cab(['status', '--cas-root', root])).code).toBe(0);
  });

  it('are needed where others reach the address, unless it is said to be open', async () => {
    const args = ['serve', '--cas-root', root, '--host', '0.0.0.0', '--port', '0'];
    const refused = await cab([...args, '--runner', copying]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--insecure');
    const { url, end } = await serve(copying, '--host', '0.0.0.0', '--insecure');
    const local = url.replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(`${local}/echo/jobs`)).status).toBe(200);
    expect(await end()).toBe(0);
  });
});

describe.runIf(isRoot && ordinaryUser !== undefined)('cab serve --allow-user', () => {
  const askAs = (by: readonly string[], url: string) => {
    const script = `fetch(${JSON.stringify(url)} + '/echo/jobs').then((answer) => console.log(answer.status))`;
    const [command, ...args] = [...by, process.execPath, '-e', script];
    return spawnSync(command, args, { encoding: 'utf8' }).stdout.trim();
  };
  const other = ordinaryUser?.as ?? [];
  const { stdout: name } = spawnSync('id', ['-un', `${ordinaryUser?.uid}`], { encoding: 'utf8' });

  it('lets a user of this machine in by name, and no other', async () => {
    const closed = await serve(copying);
    expect(askAs(other, closed.url)).toBe('403');
    expect(askAs([], closed.url)).toBe('200');
    expect(await closed.end()).toBe(0);
    const { url } = await serve(copying, '--allow-user', name.trim());
    expect(askAs(other, url)).toBe('200');
  });

  it('lets root in, whose daemon it is not', async () => {
    const place = await workplace(ordinaryUser ?? { name: '', uid: 0, as: [] });
    try {
      place.start('serve', '--port', '0', '--runner', copying);
      const url = await until(async () => {
        const text = await readFile(join(place.root, '.cab/daemon.json'), 'utf8').catch(() => '{}');
        return (JSON.parse(text) as { url?: string | null }).url ?? undefined;
      });
      expect(askAs([], url)).toBe('200');
      expect(askAs(['setpriv', '--reuid', '12345', '--clear-groups', '--'], url)).toBe('403');
    } finally {
      await place.remove();
    }
  });

  it('names a user whom the system does not know', async () => {
    const args = ['serve', '--cas-root', root, '--port', '0', '--runner', copying];
    for (const unknown of ['no-such-user', '-u'])
      expect(await cab([...args, `--allow-user=${unknown}`])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`no user "${unknown}"`),
      });
  });
});

describe('cab serve without /proc', () => {
  const hidden = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];
  const canHide = spawnSync(hidden[0] ?? '', [...hidden.slice(1), 'true']).status === 0;

  it.runIf(canHide)('stays open on loopback, and says so in one line', async () => {
    const words = [...hidden, process.execPath, program, 'serve', '--port', '0'];
    const [command, ...args] = [...words, '--cas-root', root, '--runner', copying];
    const child = spawn(command, args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      let log = '';
      child.stderr.setEncoding('utf8').on('data', (piece: string) => (log += piece));
      const address = await until(() => /"address":"([^"]+)"/.exec(log)?.[1]);
      expect((await fetch(`${address}/echo/jobs`)).status).toBe(200);
      expect(log.match(/does not tell which user calls/g)).toHaveLength(1);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('cab serve --allow-host', () => {
  it('lets a proxy call it by its public name, and no other', async () => {
    const { url } = await serve(copying, '--allow-host', 'broker.example');
    const status = async (host: string) =>
      (await rawRequest(url, requestText('GET', '/echo/jobs', { Host: host }))).status;
    expect(await status('broker.example')).toBe(200);
    expect(await status('evil.example')).toBe(403);
  });
});

describe('cab serve --watch', () => {
  it('submits the files that are there and those that come, and serves what they make', async () => {
    const inbox = join(dir, 'inbox');
    await mkdir(inbox);
    await writeFile(join(inbox, 'early.features.json'), '{"early":1}');
    const { url, end } = await serve(copying, '--watch', inbox);
    const served = (track: string) =>
      until(async () => {
        const answer = await fetch(`${url}/echo/index/${track}.json`);
        return answer.ok && ((await answer.json()) as Record<string, string>);
      });
    await served('early.features');
    await writeFile(join(dir, 'late'), '{"late":1}');
    await rename(join(dir, 'late'), join(inbox, 'late.features.json'));
    const { artifact = '' } = await served('late.features');
    const file = await fetch(url + artifact);
    expect(await file.text()).toBe('{"late":1}');
    expect(await end()).toBe(0);
  });
});

describe('cab serve is told to stop', () => {
  const stubborn = 'sh:trap "" TERM; while :; do sleep 0.1; done';

  /** A daemon with a job that runs and does not end by itself. */
  async function busy(...more: string[]) {
    const daemon = await serve(stubborn, ...more);
    await cab(['submit', song, '--cas-root', root, '--runner', stubborn], { cwd: dir });
    await until(async () => (await counts()).running === 1);
    return daemon;
  }

  const counts = async () => {
    const { stdout } = await cab(['status', '--json', '--cas-root', root]);
    return (JSON.parse(stdout) as { counts: { running: number; pending: number } }).counts;
  };

  it('by Ctrl-C: hands running jobs back, and exits with 0', async () => {
    const { end } = await busy('--grace', '100ms', '--kill-grace', '100ms');
    expect(await end('SIGINT')).toBe(0);
    expect(await counts()).toMatchObject({ running: 0, pending: 1 });
  });

  it('twice: exits at once, and the job is taken up by the next', async () => {
    const { child, end, log } = await busy('--grace', '10m');
    child.kill('SIGINT');
    await until(() => log().includes('closing'));
    expect(await end('SIGINT')).toBe(130);
    expect(log()).not.toContain('"msg":"closed"');
    const next = await serve(stubborn, '--grace', '100ms', '--kill-grace', '100ms');
    await until(async () => (await counts()).running === 1);
    expect(await next.end()).toBe(0);
  });
});

describe('cab serve at a terminal', () => {
  it('says where it is, what to try, and how to stop; Ctrl-C stops it', async (test) => {
    if (spawnSync('script', ['-qefc', 'true', '/dev/null']).status !== 0)
      return test.skip('there is no script(1) of util-linux here to make a terminal');
    const command = [
      process.execPath,
      program,
      'serve',
      '--cas-root',
      root,
      '--port',
      '0',
      '--runner',
      copying,
    ];
    // By exec: a shell that stays to wait would answer the Ctrl-C too, and exit with a code of its own.
    const line = `exec ${command.map((word) => `'${word}'`).join(' ')}`;
    const terminal = spawn('script', ['-qefc', line, '/dev/null'], { cwd: dir });
    const shown = text(terminal.stdout);
    const exited = once(terminal, 'exit');
    const url = await until(async () => {
      const found = await readFile(join(root, '.cab/daemon.json'), 'utf8').catch(() => '{}');
      return (JSON.parse(found) as { url?: string | null }).url ?? undefined;
    });
    terminal.stdin.write('\u0003');
    await exited;
    expect(terminal.exitCode).toBe(0);
    const banner = await shown;
    expect(banner).toContain(`cab serves  ${root}`);
    expect(banner).toContain(`at          ${url}`);
    expect(banner).toContain('Ctrl-C');
    expect(banner).not.toContain('"level":30');
  });
});
