/** Real processes in a row: commands, a daemon near, a daemon far, and what a death of each leaves. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cab, type Ended } from '../helpers/cab.ts';
import { daemonProcess, type DaemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';
import { chooseSeed, someOf } from '../faults/rig/sizes.ts';

// Each test starts a dozen processes, which on a busy machine wait for their turn.
vi.setConfig({ testTimeout: 240_000 });

const token = 'secret-of-the-box';
const runner = 'sh:cat "$CAB_FEATURES_PATH" "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

let dir: string;
let farRoot: string;
beforeEach(async () => {
  dir = await tempDir();
  farRoot = join(dir, 'far');
  await writeFile(join(dir, 'tokens'), `${token}\n`);
});

const farDaemon = (env: Record<string, string> = {}): Promise<DaemonProcess> =>
  daemonProcess({
    root: farRoot,
    args: ['--runner', runner, '--token-file', join(dir, 'tokens')],
    env,
  });

interface Laptop {
  readonly root: string;
  readonly cwd: string;
  /** `cab run` of a command that makes three files. */
  readonly run: (
    url: string,
    more?: readonly string[],
    env?: Record<string, string>,
  ) => Promise<Ended>;
  readonly cab: (args: readonly string[], env?: Record<string, string>) => Promise<Ended>;
}

async function laptop(name: string): Promise<Laptop> {
  const cwd = join(dir, name);
  await mkdir(join(cwd, '.git'), { recursive: true });
  await writeFile(join(cwd, 'in.txt'), 'hello');
  const root = join(cwd, 'data/echo_cas');
  const ask = (args: readonly string[], env: Record<string, string> = {}) =>
    cab(args, { cwd, env: { CAB_UPSTREAM_TOKEN: token, ...env } });
  const make = 'mkdir -p out/deep; for f in a deep/b c; do echo $f | cat - in.txt > out/$f; done';
  const run: Laptop['run'] = (url, more = [], env = {}) =>
    ask(
      ['run', '--upstream', url, ...more, '-i', 'in.txt', '-o', 'out', '--', 'sh', '-c', make],
      env,
    );
  return { root, cwd, run, cab: ask };
}

async function expectSound(...roots: string[]): Promise<void> {
  for (const root of roots) {
    expect(await inspectTree(root)).toMatchObject({ wrong: [] });
    const verified = await cab(['verify', '--cas-root', root]);
    expect(verified).toMatchObject({ code: 0 });
  }
}

/** The words of a submission that asks another broker first. */
const submitFrom = (upstream: string): string[] =>
  ['submit', 'in.txt', '--runner', runner].concat(['--upstream', upstream, '--json', '--wait']);

const entriesIn = async (root: string): Promise<string[]> => (await inspectTree(root)).entries;

it('what one machine computed is a hit on the next, by cab run, submit and get, and in a daemon', async () => {
  const far = await farDaemon();
  const [one, two] = [await laptop('one'), await laptop('two')];
  const computed = await one.run(far.url, ['--upstream-push']);
  expect(computed).toMatchObject({ code: 0, stderr: expect.stringContaining('computed in') });
  const foretold = await two.run(far.url, ['--dry-run']);
  expect(foretold.stdout).toContain('hit');
  const hit = await two.run(far.url);
  expect(hit).toMatchObject({ code: 0 });
  expect(hit.stderr).toContain(`hit from ${far.url}, saved`);
  expect(await readFile(join(two.cwd, 'out/deep/b'), 'utf8')).toBe('deep/b\nhello');

  const submit = submitFrom(far.url);
  const pushed = JSON.parse((await one.cab([...submit, '--upstream-push'])).stdout) as object;
  expect(pushed).toMatchObject({ status: 'done', cached: false, upstream: null });
  const fetched = JSON.parse((await two.cab(submit)).stdout) as Record<string, string>;
  expect(fetched).toMatchObject({ status: 'done', cached: true, upstream: far.url });

  const three = await laptop('three');
  const key = `${String(fetched['config_hash'])}/${String(fetched['source_hash'])}`;
  const got = await three.cab(['get', key, '--upstream', far.url]);
  expect(got).toMatchObject({ code: 0, stdout: 'hellohello', stderr: '' });
  const missing = await three.cab([
    'get',
    `${'a'.repeat(64)}/${'b'.repeat(64)}`,
    '--upstream',
    far.url,
  ]);
  expect(missing.code).toBe(3);

  const near = await daemonProcess({
    root: join(dir, 'near'),
    args: ['--runner', runner, '--upstream', far.url],
    env: { CAB_UPSTREAM_TOKEN: token },
  });
  const explained = await cab(['explain', 'in.txt', '--url', near.url, '--json'], { cwd: one.cwd });
  expect(JSON.parse(explained.stdout)).toMatchObject({ hit: true, upstream: far.url });
  const through = await cab(['submit', 'in.txt', '--url', near.url, '--wait'], { cwd: one.cwd });
  expect(through.stderr).toContain(`hit from ${far.url}`);
  await near.end();
  await far.end();
  await expectSound(farRoot, join(dir, 'near'), one.root, two.root, three.root);
});

describe('a push that is interrupted', () => {
  const files = [1, 2, 3, 4, 5];
  const seed = chooseSeed('pushes');

  it.each(someOf(files, 1, seed))(
    'by the death of the sender after file %i is completed by the next',
    async (n) => {
      const far = await farDaemon();
      const one = await laptop('one');
      const killed = await one.run(far.url, ['--upstream-push'], {
        CAB_FAILPOINTS: `push.sent=kill@${String(n)}`,
      });
      expect(killed.signal).toBe('SIGKILL');
      expect(await entriesIn(farRoot)).toEqual([]);
      expect(await entriesIn(one.root)).toHaveLength(1);
      const again = await one.run(far.url, ['--upstream-push', '--force']);
      expect(again).toMatchObject({ code: 0 });
      expect(await entriesIn(farRoot)).toEqual(await entriesIn(one.root));
      const puts = [...far.log().matchAll(/"method":"PUT".*?"status":204/g)];
      expect(puts).toHaveLength(files.length);
      await far.end();
      await expectSound(farRoot, one.root);
    },
  );

  const places = [
    ...files.map((n) => `arrival.kept=kill@${String(n)}`),
    ...['arrival.placed=kill@3', 'entry.staged=kill', 'entry.synced=kill', 'entry.renamed=kill'],
  ];
  it.each(someOf(places, 1, seed))(
    'by the death of the receiver (%s) fails no job, and is completed later',
    async (failpoint) => {
      const far = await farDaemon({ CAB_FAILPOINTS: failpoint });
      const one = await laptop('one');
      const run = await one.run(far.url, ['--upstream-push']);
      expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('was not sent') });
      expect(await inspectTree(farRoot)).toMatchObject({ wrong: [] });
      await rm(join(one.root, '.cab/away'), { recursive: true });
      const again = await farDaemon();
      expect(await one.run(again.url, ['--upstream-push', '--force'])).toMatchObject({ code: 0 });
      expect(await entriesIn(farRoot)).toEqual(await entriesIn(one.root));
      const two = await laptop('two');
      expect((await two.run(again.url)).stderr).toContain('hit from');
      await again.end();
      await expectSound(farRoot, one.root, two.root);
      expect(
        (await readdir(join(farRoot, '.cab/staging'))).filter((name) =>
          name.startsWith('arriving'),
        ),
      ).toEqual([]);
    },
  );
});

describe('a far daemon', () => {
  it('that is stopped costs one wait, is reported, and is passed over by the next command', async () => {
    const far = await farDaemon();
    far.child.kill('SIGSTOP');
    const one = await laptop('one');
    const wait = ['--upstream-wait', '0.5s'];
    const first = await one.run(far.url, wait);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toMatch(/warning: upstream \S+ has not answered for .* passed over/);
    await writeFile(join(one.cwd, 'in.txt'), 'other');
    const second = await one.run(far.url, ['--upstream-wait', '1h']);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).not.toContain('warning');
    const doctor = await one.cab(['doctor', '--upstream', far.url, ...wait, '--json']);
    const { findings } = JSON.parse(doctor.stdout) as { findings: { check: string }[] };
    expect(findings.find(({ check }) => check === 'upstreams')).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('has not answered'),
    });
    far.child.kill('SIGCONT');
    const better = await one.cab(['doctor', '--upstream', far.url, '--json']);
    expect(better.stdout).toContain(`${far.url} answers`);
  });

  it('that dies in the middle of a body is a miss, or was fast enough', async () => {
    const far = await farDaemon();
    const one = await laptop('one');
    await writeFile(join(one.cwd, 'in.txt'), Buffer.alloc(48 << 20, 'abcdefg'));
    const submit = submitFrom(far.url);
    await one.cab([...submit, '--upstream-push']);
    const two = await laptop('two');
    await writeFile(join(two.cwd, 'in.txt'), Buffer.alloc(48 << 20, 'abcdefg'));
    let hasEnded = false;
    const running = two.cab(submit).finally(() => (hasEnded = true));
    await until(async () => hasEnded || (await partIn(two.root)));
    await far.end('SIGKILL');
    const job = JSON.parse((await running).stdout) as {
      status: string;
      result: { artifact_path: string };
    };
    expect(job.status).toBe('done');
    expect((await stat(job.result.artifact_path)).size).toBe(96 << 20);
    await expectSound(two.root);
  });

  it('is not sent a token of the environment by a file that was found', async () => {
    const far = await farDaemon();
    const one = await laptop('one');
    await writeFile(join(one.cwd, 'cab.config.json'), JSON.stringify({ upstream: [far.url] }));
    const run = ['run', '-i', 'in.txt', '--', 'cat', 'in.txt'];
    const bare = await one.cab(run);
    expect(bare.stderr).toContain('CAB_UPSTREAM_TOKEN is not sent');
    expect(bare.stderr).toContain('refuses the caller');
    await rm(join(one.root, '.cab/away'), { recursive: true });
    await writeFile(join(one.cwd, 'in.txt'), 'other');
    const named = await one.cab(run, { CAB_UPSTREAM_TOKEN: `${far.url}=${token}` });
    expect(named.stderr).not.toContain('refuses');
  });
});

/** Whether a file is being fetched. */
async function partIn(root: string): Promise<boolean> {
  const staging = join(root, '.cab/staging');
  const found = await readdir(staging, { recursive: true }).catch(() => []);
  return found.some((name) => name.endsWith('.part'));
}

it('a URL that is none, and a token that fits no upstream, are refused by name', async () => {
  const one = await laptop('one');
  const of = (args: string[], tokens = '') =>
    one.cab(['status', ...args], { CAB_UPSTREAM_TOKEN: tokens, CAB_UPSTREAM: 'ftp://x' });
  expect(await of([])).toMatchObject({ code: 2, stderr: expect.stringContaining('upstream') });
  const secret = await one.cab(['status'], { CAB_UPSTREAM: 'http://me:pass@box' });
  expect(secret).toMatchObject({ code: 2, stderr: expect.not.stringContaining('pass@') });
  const two = await one.cab(['status'], {
    CAB_UPSTREAM: 'http://a,http://b',
    CAB_UPSTREAM_TOKEN: 'bare',
  });
  expect(two).toMatchObject({ code: 2, stderr: expect.stringContaining('URL=TOKEN') });
});
