/** The built program in processes of its own: `npm run build` comes first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { commandTable } from '../../src/commands/index.ts';
import { chooseSeed, someOf } from '../faults/rig/sizes.ts';
import { cab as run, type CabOptions, type Ended } from '../helpers/cab.ts';
import { helpPage } from '../helpers/help-page.ts';
import { readOnly } from '../helpers/read-only.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const program = join(import.meta.dirname, '../../bin/run.js');
const seed = chooseSeed('command line');
const copy = 'exec:cp {features} {artifact}';

let cwd: string;

beforeEach(async () => {
  cwd = await tempDir();
  await writeFile(join(cwd, 'a.json'), '{ "b": 1.0, "a": 2 }');
});

const cab = (args: string[], more: CabOptions = {}): Promise<Ended> => run(args, { cwd, ...more });

describe('cab', () => {
  // In the short form some of them: test/cli/help proves it of all.
  it.each(someOf([...commandTable.keys()], 1, seed))(
    '%s --help ends with exit codes and examples',
    async (id) => {
      const { stdout, stderr, code } = await cab([...id.split(' '), '--help']);
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toMatch(helpPage);
    },
  );

  it('lists its commands without one, and says its version', async () => {
    for (const args of [[], ['--help'], ['help']])
      expect((await cab(args)).stdout).toMatch(/RUN WORK[\s\S]+submit {2}/);
    expect((await cab(['help', 'submit'])).stdout).toContain('$ cab submit');
    for (const flag of ['--version', '-V'])
      expect((await cab([flag])).stdout).toMatch(/^cab \d+\.\d+\.\d+ \(node v/);
  });

  it('names the command or the flag that was meant', async () => {
    expect(await cab(['sumbit', 'a.json'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'error: unknown command "sumbit"\n  hint: Did you mean: cab submit\n',
    });
    expect(await cab(['submit', 'a.json', '--trak', 'x'])).toMatchObject({
      code: 2,
      stderr:
        'error: unknown flag --trak\n  hint: Did you mean --track? See the command with --help.\n',
    });
    expect(await cab(['status', '--limit'])).toMatchObject({ code: 2 });
    expect(await cab(['submit'])).toMatchObject({
      code: 2,
      stderr: expect.not.stringContaining('--probe'),
    });
  });

  it('tells errors as JSON where JSON is wanted, with the same exit code', async () => {
    for (const args of [
      ['sumbit', '--json'],
      ['status', '--lmit', '3', '--json'],
      ['status', '--limit', 'many', '--json'],
    ]) {
      const { stdout, stderr, code } = await cab(args);
      expect([stderr, code]).toEqual(['', 2]);
      expect(JSON.parse(stdout)).toMatchObject({ error: 'usage', hint: expect.any(String) });
    }
    const { stdout, code } = await cab(['get', 'nothing'], { env: { CAB_JSON: '1' } });
    expect([JSON.parse(stdout), code]).toMatchObject([{ error: 'not_found' }, 3]);
  });

  it('hashes as sha256sum prints, JSON by its canonical form', async () => {
    await writeFile(join(cwd, 'x.txt'), 'text');
    const hash = '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1';
    expect((await cab(['hash', 'x.txt'])).stdout).toBe(`${hash}  x.txt\n`);
    const [spaced, dense] = await Promise.all([
      cab(['hash', 'a.json']),
      cab(['hash', '-'], { input: '{"a":2,"b":1.0}' }),
    ]);
    expect(dense.stdout).toBe(spaced.stdout.replace('a.json', '-'));
    expect(await cab(['hash', 'nope', 'x.txt'])).toMatchObject({
      code: 2,
      stdout: `${hash}  x.txt\n`,
    });
  });

  it('shows where each setting comes from', async () => {
    await writeFile(join(cwd, 'cab.config.json'), '{"priority": 4, "status": {"limit": 5}}');
    const { stdout } = await cab(['config', '--json'], { env: { CAB_RUNNER: copy } });
    const file = join(cwd, 'cab.config.json');
    expect(JSON.parse(stdout)).toMatchObject({
      file,
      settings: {
        priority: { value: 4, source: file },
        'status.limit': { value: 5, source: file },
        runner: { value: copy, source: 'CAB_RUNNER' },
        json: { value: true, source: '--json' },
        db: { value: null, source: 'default' },
      },
    });
    await writeFile(file, '{"priorty": 4}');
    expect(await cab(['status'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${file}: unknown key "priorty"; did you mean "priority"?`),
    });
  });

  it('runs a job, finds it again, and hands out its artifact', async () => {
    const args = ['submit', 'a.json', '--runner', copy, '--wait'];
    const { stdout, stderr, code } = await cab(args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^computed in \S+\n$/);
    expect(stdout).toMatch(/^\S{36} {2}done {6}\/.+\/output\n$/);
    expect((await cab(['get', 'a'])).stdout).toBe('{ "b": 1.0, "a": 2 }');
    expect((await cab(['status', stdout.slice(0, 36)])).stdout).toContain('status     done');
  });

  it('finds nothing wrong where nothing is, and makes the root when asked', async () => {
    const missing = await cab(['doctor', '--json', '--runner', copy]);
    expect(missing.code).toBe(0);
    expect(JSON.parse(missing.stdout)).toMatchObject({
      findings: expect.arrayContaining([
        { check: 'root', state: 'warning', message: expect.any(String), hint: expect.any(String) },
      ]),
    });
    expect((await cab(['doctor', '--fix', '--runner', copy])).stdout).toContain('was made');
    await cab(['submit', 'a.json', '--runner', copy]);
    expect((await cab(['doctor', '--runner', copy])).stdout).toMatch(/✔ job store +.*sound, 1 job/);
    await writeFile(join(cwd, 'data/echo_cas/.cab/jobs.db'), 'not a database');
    expect(await cab(['doctor', '--runner', copy])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('✖ job store'),
    });
    await writeFile(join(cwd, 'data/echo_cas/.cab/daemon.json'), 'left by nobody');
    expect(await cab(['doctor', '--runner', copy])).toMatchObject({
      stdout: expect.stringContaining('! daemon'),
    });
    const mended = await cab(['doctor', '--fix', '--runner', copy]);
    expect(mended).toMatchObject({ code: 0, stdout: expect.stringMatching(/✔ daemon .*removed/) });
    expect(mended.stdout).toMatch(/✔ job store +a fresh queue was begun/);
    expect((await cab(['history', 'a'])).stdout).not.toBe('');
    expect((await cab(['doctor', '--runner', copy])).stdout).not.toMatch(/[✖!] /);
    expect(await cab(['doctor', '--runner', './nope.mjs'])).toMatchObject({ code: 1 });
  });

  it('shows what is in a root that this user may read alone', async (test) => {
    await cab(['submit', 'a.json', '--runner', copy]);
    const queue = join(cwd, 'data/echo_cas/.cab');
    const release = await readOnly(queue);
    if (release === undefined) return test.skip('no directory can be made read-only here');
    try {
      for (const args of ['status', 'history a', 'tracks', 'get a', 'verify', 'gc --dry-run'])
        expect(await cab(args.split(' '))).toMatchObject({ code: 0, stderr: '' });
      const { stdout } = await cab(['doctor', '--runner', copy]);
      expect(stdout).toMatch(/✔ job store +.*sound, 1 job/);
      expect(await cab(['submit', 'a.json', '--runner', copy])).toMatchObject({
        code: 4,
        stderr: expect.stringMatching(/^error: .*jobs\.db cannot be \w+\n {2}hint: .*\n$/),
      });
    } finally {
      await release();
    }
  });

  it('builds a spine from a CSV', async () => {
    await writeFile(
      join(cwd, 'songs.csv'),
      'artist,title,year,tempo,valence,energy,loudness\nA,B,2001,120,0.5,0.5,-7\nA,C,soon,1,1,1,1\n',
    );
    const { stdout, code } = await cab(['spine', 'import', 'songs.csv', '--out', 'spine.db']);
    expect(code).toBe(0);
    expect(stdout).toContain('1 song in');
    expect(stdout).toContain('1 row left out:');
    expect(await cab(['spine', 'import', 'songs.csv'])).toMatchObject({ code: 2 });
  });

  it('ends quietly when its reader goes away', async () => {
    for (let at = 0; at < 50; at += 1) await writeFile(join(cwd, `${at}.txt`), String(at));
    const child = spawn(process.execPath, [program, 'hash', '*.txt'], { cwd });
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect([stderr, code]).toEqual(['', 0]);
  });

  it('says what is left to do where its reader goes away from jobs', async () => {
    for (let at = 0; at < 300; at += 1) await writeFile(join(cwd, `${at}.txt`), String(at));
    const args = ['submit', '*.txt', '--runner', copy, '--enqueue'];
    const child = spawn(process.execPath, [program, ...args], { cwd });
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /^stdout was closed; \d+ of 300 were not submitted\n\d+ jobs left in the queue, for a daemon .*\n$/,
    );
  });

  it.runIf(existsSync('/dev/full'))('says that a full disk takes no output', async () => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const child = spawn(process.execPath, [program, 'hash', 'a.json'], {
      cwd,
      stdio: ['ignore', full, 'pipe'],
    });
    const [stderr, [code]] = await Promise.all([
      child.stderr && text(child.stderr),
      once(child, 'exit'),
    ]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: stdout cannot be written \(ENOSPC\)\n {2}hint: .*\n$/);
  });

  it('says what becomes of a job whose wait ran out', async () => {
    const args = ['submit', 'a.json', '--runner', 'sh:sleep 60', '--kill-grace', '10ms'];
    const { code, stderr } = await cab([...args, '--wait', '--wait-timeout', '0.2s']);
    expect([code, stderr]).toEqual([
      5,
      expect.stringContaining(
        'hint: It stays in the queue; a daemon runs it (cab serve), or a command with --adopt; ask again with: cab status',
      ),
    ]);
    expect((await cab(['status'])).stdout).toContain('pending');
  });

  it.each([
    ['SIGINT', ['--keep']],
    ['SIGHUP', []],
  ] as const)(
    'keeps what it accepted at %s with %j, for a command that adopts it',
    async (signal, flags) => {
      const script =
        'while [ ! -e go ]; do sleep 0.05; done; cp "$CAB_FEATURES_PATH" "$CAB_ARTIFACT_PATH"';
      await writeFile(join(cwd, 'wait.sh'), script);
      const runner = ['--runner', 'exec:sh ./wait.sh', '--kill-grace', '1s'];
      const args = ['submit', 'a.json', ...runner, ...flags];
      const child = spawn(process.execPath, [program, ...args], { cwd });
      const ended = once(child, 'exit');
      const stderr = text(child.stderr);
      const id = await until(async () => {
        const { jobs } = JSON.parse((await cab(['status', '--json'])).stdout) as {
          jobs: { job_id: string; status: string }[];
        };
        return jobs.find(({ status }) => status === 'running')?.job_id;
      });
      child.kill(signal);
      expect(await ended).toEqual([130, null]);
      expect(await stderr).toMatch(/^interrupted\n1 job left in the queue/);
      expect((await cab(['status', id])).stdout).toContain('status     pending');
      await writeFile(join(cwd, 'go'), '');
      await writeFile(join(cwd, 'b.json'), '{}');
      await cab(['submit', 'b.json', '--runner', copy]);
      expect((await cab(['status', id])).stdout).toContain('status     pending');
      await cab(['submit', '--adopt']);
      expect((await cab(['status', id])).stdout).toContain('status     done');
    },
  );
});
