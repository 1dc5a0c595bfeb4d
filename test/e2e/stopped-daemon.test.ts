import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess, type DaemonProcess } from '../helpers/daemon-process.ts';
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

describe('a daemon that is stopped', () => {
  let daemon: DaemonProcess;
  let job: string;
  beforeEach(async () => {
    const { jobs } = JSON.parse((await cab(['status', '--json'], { cwd: dir, env })).stdout) as {
      jobs: { job_id: string }[];
    };
    job = jobs[0]?.job_id ?? '';
    daemon = await daemonProcess({ root: join(dir, 'tree'), cwd: dir, env });
    daemon.child.kill('SIGSTOP');
  });

  it('is named by what needs it, which sends it nothing', async () => {
    await writeFile(join(dir, 'b.json'), '{"b":1}');
    const writing = [
      ['submit', 'b.json'],
      ['submit', 'b.json', '--enqueue'],
      ['retry', job],
    ];
    const [asJson, ...ended] = await Promise.all([
      cab(['submit', 'b.json', '--wait', '--json'], { cwd: dir, env }),
      ...[...writing, ['explain', 'b.json']].map((argv) => cab(argv, { cwd: dir, env })),
    ]);
    const pid = daemon.child.pid ?? 0;
    const message = `the daemon at ${daemon.url}, pid ${pid}, does not answer`;
    for (const { code, stdout, stderr } of ended) {
      expect([code, stdout]).toEqual([4, '']);
      expect(stderr).toMatch(
        new RegExp(`^error: ${message}\n  hint: .*kill -CONT ${pid}.*--offline\n$`),
      );
    }
    expect(asJson.code).toBe(4);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      error: 'daemon_unreachable',
      message,
      details: { url: daemon.url, pid },
    });
    daemon.child.kill('SIGCONT');
    const { stdout } = await cab(['status', '--json'], { cwd: dir, env });
    expect(JSON.parse(stdout)).toMatchObject({ jobs: [{ job_id: job }] });
  });

  it('is named by its address alone where that was given', async () => {
    const asked = [['status'], ['submit', 'a.json'], ['cancel', job]];
    const ended = await Promise.all(
      asked.map((argv) => cab([...argv, '--url', daemon.url], { cwd: dir })),
    );
    for (const one of ended)
      expect(one).toMatchObject({
        code: 4,
        stdout: '',
        stderr: expect.stringMatching(
          new RegExp(`^error: the daemon at ${daemon.url} does not answer\n {2}hint: (?!.*kill)`),
        ) as unknown,
      });
  });

  it('holds up nobody who works without it', async () => {
    expect(
      await cab(['submit', '-q', 'a.json', '--offline', '--wait'], { cwd: dir, env }),
    ).toMatchObject({ code: 0, stderr: '' });
  });
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
