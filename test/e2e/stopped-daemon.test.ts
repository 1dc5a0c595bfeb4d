import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

let dir: string;
let env: Record<string, string>;
const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
beforeEach(async () => {
  dir = await tempDir();
  env = { CAB_CAS_ROOT: join(dir, 'tree'), CAB_RUNNER: runner };
  await writeFile(join(dir, 'a.json'), '{"a":1}');
  await cab(['submit', 'a.json', '--track', 'demo'], { cwd: dir, env });
});

it('a daemon that is stopped is not waited for by what only looks', async () => {
  const daemon = await daemonProcess({ root: join(dir, 'tree'), args: ['--runner', runner] });
  daemon.child.kill('SIGSTOP');
  const status = await cab(['status', '--json'], { cwd: dir, env });
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(status.stdout)).toMatchObject({ counts: { done: 1 } });
  const got = await cab(['get', 'demo'], { cwd: dir, env });
  expect(got).toMatchObject({ code: 0, stdout: '{"a":1}' });
  expect(got.stderr).toContain('does not answer');
  daemon.child.kill('SIGCONT');
  expect((await cab(['get', 'demo'], { cwd: dir, env })).stderr).toBe('');
});

/** Larger than what is read at once, so that its file stays open while it is handed out. */
async function largeResult(): Promise<void> {
  await writeFile(join(dir, 'large.bin'), Buffer.alloc(3 << 20, 7));
  await cab(['submit', 'large.bin', '--track', 'large'], { cwd: dir, env });
}

it('Ctrl-C ends a get to a pipe that nobody reads', async () => {
  await largeResult();
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  const child = spawn(process.execPath, [program, 'get', 'large', '-o', 'pipe'], {
    cwd: dir,
    env: { ...cleanEnvironment(), ...env },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const fds = `/proc/${child.pid}/fd`;
  await until(async () => {
    const names = await readdir(fds).catch(() => []);
    const places = await Promise.all(names.map((fd) => readlink(join(fds, fd)).catch(() => '')));
    return places.some((place) => place.includes('/tree/echo/'));
  });
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
});

it('and one that is read brings all of it', async () => {
  await largeResult();
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  const got = cab(['get', 'large', '-o', 'pipe'], { cwd: dir, env });
  const read = await text(createReadStream(join(dir, 'pipe'), { encoding: 'latin1' }));
  expect(read.length).toBe(3 << 20);
  expect(await got).toMatchObject({ code: 0, stderr: '' });
});
