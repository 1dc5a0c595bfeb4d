import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

let dir: string;
let env: Record<string, string>;
/** Hangs until it may go on, or nobody waits for it any more. */
const patient =
  'sh:until [ -e "$MARKS/go" ] || [ ! -d "$MARKS" ]; do sleep 0.05; done; cat "$CAB_FEATURES_PATH"';
const limit = ['--wait', '--wait-timeout', '200ms', '--kill-grace', '10ms'];

beforeEach(async () => {
  dir = await tempDir();
  env = { CAB_CAS_ROOT: join(dir, 'tree'), CAB_RUNNER: patient, MARKS: dir };
  for (const name of ['hangs', 'own']) await writeFile(join(dir, `${name}.json`), `"${name}"`);
});

const run = (...args: string[]) => cab(args, { cwd: dir, env });

async function jobOf(track: string): Promise<JobDocument | undefined> {
  const { stdout } = await run('status', '--json', '--track', track);
  return (JSON.parse(stdout) as { jobs: JobDocument[] }).jobs[0];
}

const running = (track: string): Promise<string> =>
  until(async () => {
    const job = await jobOf(track);
    return job?.status === 'running' && job.job_id;
  });

/** A command that hangs with its job; its end is the caller's to wait for. */
async function hanging() {
  const child = spawn(process.execPath, [program, 'submit', 'hangs.json', '--wait'], {
    cwd: dir,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const stdout = text(child.stdout);
  return {
    id: await running('hangs'),
    ended: async () => [...(await exit), await stdout] as const,
  };
}

describe('a wait that runs out of time while another command hangs', () => {
  it.each([
    ['own.json', 'a job of its own', []],
    ['hangs.json', 'the very result that the other computes', ['--track', 'own']],
  ])('for %s, %s, ends at its limit and leaves the other alone', async (file, _, flags) => {
    const other = await hanging();
    const { code, stdout, stderr } = await run('submit', file, ...flags, ...limit);
    expect([code, stdout]).toEqual([5, '']);
    const own = await jobOf('own');
    expect(stderr).toBe(
      `error: job ${own?.job_id} had not ended after 0.2 s\n  hint: It stays in the queue; a daemon runs it (cab serve), or a command with --adopt; ask again with: cab status ${own?.job_id}\n`,
    );
    expect(own?.status).toBe('pending');
    expect(await jobOf('hangs')).toMatchObject({ job_id: other.id, status: 'running' });
    await writeFile(join(dir, 'go'), '');
    expect(await other.ended()).toEqual([
      0,
      null,
      expect.stringMatching(new RegExp(`^${other.id}  done`)) as unknown,
    ]);
    expect(await jobOf('hangs')).toMatchObject({ job_id: other.id, attempts: 1 });
  });

  it('ends as its own job does where that ends in time', async () => {
    const other = await hanging();
    const { code, stdout, stderr } = await run(
      ...['submit', 'own.json', '--runner', 'sh:cat', '--wait', '--wait-timeout', '1h'],
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^computed in \S+\n$/);
    expect(stdout).toContain('  done  ');
    expect(await jobOf('hangs')).toMatchObject({ job_id: other.id, status: 'running' });
  });
});

it('a wait on a daemon whose only place hangs ends at its limit, and leaves both jobs to it', async () => {
  const root = join(dir, 'tree');
  await daemonProcess({ root, cwd: dir, env, args: ['--concurrency', '1'] });
  expect((await run('submit', 'hangs.json')).code).toBe(0);
  const id = await running('hangs');
  const { code, stdout, stderr } = await run('submit', 'own.json', ...limit);
  expect([code, stdout]).toEqual([5, '']);
  const own = await jobOf('own');
  expect(stderr).toBe(
    `error: job ${own?.job_id} had not ended after 0.2 s\n  hint: The daemon goes on with it; ask again with: cab status ${own?.job_id}\n`,
  );
  expect(own?.status).toBe('pending');
  await writeFile(join(dir, 'go'), '');
  for (const [track, job_id] of Object.entries({ hangs: id, own: own?.job_id }))
    expect(
      await until(async () => {
        const job = await jobOf(track);
        return job?.status === 'done' && job;
      }),
    ).toMatchObject({ job_id, attempts: 1 });
});
