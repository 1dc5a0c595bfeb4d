/**
 * Processes that stay behind, and steps that take very long: neither keeps a job past its end, its timeout or its cancel,
 * nor a daemon past SIGTERM.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { chmod, copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installed } from '../helpers/installed.ts';
import { until } from '../helpers/until.ts';
import { ended, isRoot, ordinaryUser, users, workplace, type Workplace } from './rig/users.ts';

let at: Workplace;
const left: number[] = [];

afterEach(async () => {
  for (const pid of left.splice(0)) spawnSync('kill', ['-9', `${pid}`]);
  await at.remove();
});

/**
 * Leaves the group, the line of parents and the mark, and holds the output open. Neither the file that it writes nor the
 * folder of the input is a word of the line: cab takes such a word for a part of the program. The program goes on only when
 * the process is `sleep`, which is the name that its log tells.
 */
const stranger = (): string =>
  `D=$(dirname "$CAB_FEATURES_PATH"); (env -i D=$D /usr/bin/setsid /bin/sh -c 'echo $$ > $D/pid.new; mv $D/pid.new $D/pid; exec /bin/sleep 1000' &)
   while [ ! -e $D/pid ]; do sleep 0.02; done
   until grep -q sleep /proc/$(cat $D/pid)/comm; do sleep 0.02; done`;

async function strangerIn(dir: string): Promise<number> {
  const pid = await until(async () => {
    const text = await readFile(join(dir, 'pid'), 'utf8').catch(() => '');
    return text !== '' && Number(text);
  });
  left.push(pid);
  return pid;
}

const lives = (pid: number): boolean => existsSync(`/proc/${pid}`);

async function inputIn(dir: string): Promise<string> {
  const file = join(dir, 'in.json');
  await writeFile(file, '1');
  return file;
}

const idOf = (stdout: string): string => /[0-9a-f-]{36}/.exec(stdout)?.[0] ?? '';

describe.runIf(process.platform === 'linux').each(users)('as $name', (user) => {
  beforeEach(async () => {
    at = await workplace(user);
  });

  it.each([
    ['after the program has ended', `echo made; exit 0`, [], 0],
    ['past its timeout', 'exec sleep 1000', ['--timeout', '1'], 1],
  ])('a process that holds the output open keeps no job %s', async (_, then, flags, code) => {
    const line = `sh:${stranger()}; ${then}`;
    const file = await inputIn(at.dir);
    const end = await at.run('submit', file, '--runner', line, '--wait', ...flags);
    const pid = await strangerIn(at.dir);
    expect(end.code).toBe(code);
    expect(lives(pid)).toBe(true);
    const logs = await at.run('logs', idOf(end.stdout));
    expect(logs.stdout).toContain(`${pid}  /bin/sleep 1000`);
  });

  it('keeps no job past a cancel, and no daemon past SIGTERM', async () => {
    const line = `sh:${stranger()}; exec sleep 1000`;
    const daemon = at.start('serve', '--port', '0', '--runner', line, '--grace', '1s');
    const log = { text: '' };
    daemon.stderr?.setEncoding('utf8').on('data', (text: string) => (log.text += text));
    await until(() => log.text.includes('"serving"'));
    const submitted = await at.run('submit', await inputIn(at.dir), '--runner', line, '--json');
    const id = idOf(submitted.stdout);
    const first = await strangerIn(at.dir);
    expect(await at.run('cancel', id)).toMatchObject({ code: 0 });
    await until(async () => (await at.run('status', id, '--json')).stdout.includes('"canceled"'));
    await until(() => log.text.includes('left running'));
    expect(lives(first)).toBe(true);
    spawnSync('rm', [join(at.dir, 'pid')]);
    expect(await at.run('retry', id, '--runner', line)).toMatchObject({ code: 0 });
    const second = await strangerIn(at.dir);
    const end = ended(daemon);
    daemon.kill('SIGTERM');
    expect(await end).toMatchObject({ code: 0 });
    expect(lives(second)).toBe(true);
  });

  it('a daemon that hashes a huge input ends at SIGTERM, and hashes no more for a client that left', async () => {
    const huge = join(at.dir, 'huge.bin');
    await writeFile(huge, '');
    await truncate(huge, 2 ** 42);
    await chmod(huge, 0o644);
    const daemon = at.start(
      'serve',
      '--port',
      '0',
      '--runner',
      'exec:wc -c {features}',
      '--grace',
      '1s',
    );
    const log = { text: '' };
    daemon.stderr?.setEncoding('utf8').on('data', (text: string) => (log.text += text));
    const url = await until(() => /"address":"([^"]+)"/.exec(log.text)?.[1]);
    const submit = (signal?: AbortSignal) =>
      fetch(`${url}/echo/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ features_path: huge }),
        ...(signal && { signal }),
      }).then(
        ({ status }) => status,
        () => 'cut off',
      );
    const isRead = (): boolean => opensOf(daemon.pid ?? 0).includes(huge);
    const leaving = new AbortController();
    const first = submit(leaving.signal);
    await until(isRead);
    leaving.abort();
    expect(await first).toBe('cut off');
    await until(() => !isRead());
    const second = submit();
    await until(isRead);
    const end = ended(daemon);
    daemon.kill('SIGTERM');
    expect(await end).toMatchObject({ code: 0 });
    expect(await second).not.toBe(202);
  });
});

function opensOf(pid: number): string[] {
  const dir = `/proc/${pid}/fd`;
  return readdirSync(dir).flatMap((name) => {
    try {
      return [readlinkSync(join(dir, name))];
    } catch {
      return [];
    }
  });
}

describe.runIf(isRoot && ordinaryUser !== undefined)("another user's program", () => {
  it('keeps no job past its timeout, though it takes no signal', async (context) => {
    if (ordinaryUser === undefined) return;
    at = await workplace(ordinaryUser);
    // As sudo does: all of its ids become those of root.
    const become = join(at.dir, 'become');
    await copyFile(installed('setpriv') ?? '', become);
    await chmod(become, 0o4755);
    const asRoot = [become, '--reuid', '0', '--regid', '0', '--clear-groups'];
    const words = [...ordinaryUser.as, ...asRoot, 'id', '-u'];
    if (spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8' }).stdout.trim() !== '0')
      context.skip('nothing can become root here');
    const line = `exec:${asRoot.join(' ')} sh -c "echo \\$\\$ > ${at.dir}/pid; exec sleep 1000"`;
    const file = await inputIn(at.dir);
    const end = await at.run('submit', file, '--runner', line, '--wait', '--timeout', '1');
    const pid = await strangerIn(at.dir);
    expect(end.code).toBe(1);
    expect(lives(pid)).toBe(true);
    const status = await at.run('status', idOf(end.stdout), '--json');
    expect(status.stdout).toContain(`"left_running":[{"pid":${pid},"command":"sleep 1000"}]`);
  });
});
