import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { openBroker, openLocalBroker, type LocalOptions } from '../../src/compose/open-broker.ts';
import { claimDaemon } from '../../src/daemon/daemon-file.ts';
import { startServer } from '../../src/http/server/server.ts';
import { closedAddress } from '../helpers/closed-port.ts';
import { runCommand, type Ran } from '../helpers/run-command.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { listening } from '../helpers/listening.ts';

const runner = join(import.meta.dirname, '../fixtures/runners/behave.mjs');
const names = { artifact_name: null, manifest_name: 'manifest.json' };

/** Where commands are given: a directory with inputs and a root, and perhaps a daemon. */
interface World {
  readonly dir: string;
  readonly run: (...argv: string[]) => Promise<Ran>;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function world(env: Record<string, string> = {}): Promise<World> {
  const dir = await tempDir();
  const inputs = { song: '{"a":1}', other: '{"b":[1.50]}', bad: '{"a":\n 1,}', fail: '{}' };
  for (const [name, text] of Object.entries(inputs))
    await writeFile(join(dir, `${name}.json`), text);
  const settings = { CAB_RUNNER: runner, CAB_CAS_ROOT: join(dir, 'root'), ...env };
  return {
    dir,
    run: (...argv) => runCommand(argv, { cwd: dir, env: settings, openBroker }),
  };
}

/** A daemon of the root, in this process; answers its address. */
async function serve(
  root: string,
  more: { socket?: string; runner?: string } = {},
): Promise<string> {
  const options: LocalOptions = {
    part: 'working',
    root,
    cwd: '/',
    python: 'python3',
    runner: more.runner ?? runner,
    artifactName: names.artifact_name,
    manifestName: names.manifest_name,
    concurrency: 2,
    leaseMs: 30_000,
    graceMs: 1000,
    timeoutMs: null,
    maxAttempts: 3,
    queueLimit: 1000,
    version: '0.0.0',
  };
  const broker = await openLocalBroker(options);
  const claim = await claimDaemon(root, { version: '0.0.0', runner: options.runner, ...names });
  const { socket } = more;
  const server = await startServer({
    broker,
    ...listening(),
    version: '0.0.0',
    ...(socket !== undefined && { socket, tokens: [{ token: 'secret', role: 'write' }] }),
  });
  await claim.publish({ url: server.address, socket: socket ?? null });
  closing.push(async () => {
    await claim.release();
    await server.close(0);
    await broker.close();
  });
  return server.address;
}

const jobSchema = z.object({
  job_id: z.string(),
  config_hash: z.string(),
  source_hash: z.string(),
});

/** The same story in any world, with what is each world's own taken out. */
async function story({ dir, run }: World): Promise<[command: string, outcome: unknown][]> {
  const told: [string, unknown][] = [];
  const tell = async (...argv: string[]): Promise<Ran> => {
    const ran = await run(...argv);
    const { code, stdout, stderr } = ran;
    told.push([
      plain(argv.join(' '), dir),
      { code, stdout: plain(stdout, dir), stderr: plain(stderr, dir) },
    ]);
    return ran;
  };
  await tell('submit', 'song.json', '--wait');
  const [first] = (await tell('submit', 'song.json', '--wait', '--json', '-t', 'again')).json;
  const { job_id, config_hash, source_hash } = jobSchema.parse(first);
  const key = `${config_hash}/${source_hash}`;
  await tell('submit', 'other.json', 'none.json', 'bad.json', '--wait');
  await tell('submit', 'none.json', '--json');
  for (const json of [[], ['--json']]) {
    await tell('status', ...json);
    await tell('status', job_id, ...json);
    await tell('status', 'none', ...json);
    await tell('get', 'song', '--pointer', ...json);
    await tell('get', 'nothing', ...json);
    await tell('tracks', ...json);
    await tell('history', 'again', ...json);
    await tell('explain', 'song.json', ...json);
    await tell('explain', 'song.json', '--probe', 'n=5', ...json);
    await tell('cancel', job_id, ...json);
  }
  await tell('status', '--track', 'again', '--limit', '1');
  await tell('get', key);
  await tell('get', key, '--manifest');
  await tell('get', 'song', '--if-none-match', '*');
  const failing = ['fail.json', '--runner-arg', 'behave=fail', '--retries', '0', '--wait'];
  const [failed] = (await tell('submit', ...failing, '--json')).json;
  const failedId = jobSchema.parse(failed).job_id;
  await tell('logs', failedId);
  await tell('retry', failedId, '--wait');
  await tell('retry', job_id);
  return told;
}

const plain = (text: string, dir: string): string =>
  text
    .replaceAll(dir, '<dir>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/(?<=^|\s)[0-9a-f]{8}(?=\s)/g, '<end of an id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>')
    .replace(/\d{4}-\d\d-\d\d [\d:]+Z/g, '<instant>')
    .replace(/ {2,}/g, '  ')
    .replace(/ *((just )?now|\d+(\.\d+)? ?(ms|s|min)( ago)?)\b/g, ' <time>')
    .replace(/("created_at": ?)"[^"]*"/g, '$1<instant>')
    .replace(/("manifest_sha256": ?)"[^"]*"/g, '$1<digest of all that>');

describe('a command', () => {
  it('says the same with a daemon of the root as without', async () => {
    const alone = await story(await world());
    const served = await world();
    await serve(join(served.dir, 'root'), { socket: join(served.dir, 'daemon.sock') });
    expect(await story(served)).toEqual(alone);
    const far = await world();
    const elsewhere = join(far.dir, 'root');
    const url = await serve(elsewhere);
    const { dir, run } = await world({ CAB_URL: url });
    const told = await story({ dir, run });
    const ofDaemon = (text: string): string =>
      text.replaceAll(elsewhere, '<dir>/root').replaceAll(url, '<dir>/root');
    expect(JSON.parse(ofDaemon(JSON.stringify(told)))).toEqual(alone);
  });

  it('leaves its jobs to the daemon, and prints their ids at once', async () => {
    const { dir, run } = await world();
    await serve(join(dir, 'root'));
    const { code, stdout } = await run('submit', 'song.json', '--runner-arg', 'behave=hang');
    expect(code).toBe(0);
    const id = stdout.trim();
    const [job] = (await run('status', id, '--json')).json;
    expect(job).toMatchObject({ job_id: id, finished_at: null });
    expect((await run('cancel', id)).code).toBe(0);
    expect(
      (
        await run(
          'submit',
          'song.json',
          '-t',
          'x',
          '--runner-arg',
          'behave=hang',
          '--wait',
          '--wait-timeout',
          '50ms',
        )
      ).code,
    ).toBe(5);
  });

  it('finds the files of an entry where they lie, with a daemon of the root', async () => {
    const { dir, run } = await world();
    await serve(join(dir, 'root'));
    await run('submit', 'song.json', '--wait');
    const [served] = (await run('get', 'song', '--json')).json;
    const [alone] = (await run('get', 'song', '--json', '--offline')).json;
    expect(served).toEqual(alone);
    await run('get', 'song', '-o', join(dir, 'out.json'));
  });

  it('works in this process where it is told to, or where the daemon has another runner', async () => {
    const { dir, run } = await world();
    const root = join(dir, 'root');
    await mkdir(root, { recursive: true });
    const url = await serve(root, { runner: 'historical-echo' });
    // By itself, historical-echo would refuse an input without axes.
    const passing = `runs in this process: the daemon at ${url} runs historical-echo\n`;
    const ran = await run('submit', 'song.json', '--wait');
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining(passing)]);
    for (const flag of ['--offline', '--json']) {
      const { code, stderr } = await run('submit', 'other.json', '--wait', flag, '--quiet');
      expect([code, stderr]).toEqual([0, '']);
    }
    expect((await run('status')).stderr).toBe('');
    const refused = await run('submit', 'song.json', '-t', 'y', '--runner', 'historical-echo');
    expect(refused.code).toBe(2);
  });

  it('leaves the choice of the runner to the daemon, where it names none', async () => {
    const { dir, run } = await world({ CAB_RUNNER: '' });
    await serve(join(dir, 'root'));
    const { code, stderr } = await run('submit', 'song.json', '--wait');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^computed in /)]);
  });

  it('with an address goes there or nowhere', async () => {
    const { run } = await world({ CAB_URL: await closedAddress() });
    const { code, json } = await run('status', '--json');
    expect(code).toBe(4);
    expect(json).toEqual([expect.objectContaining({ error: 'daemon_unreachable' })]);
    expect((await run('status', '--offline')).code).toBe(0);
    expect((await run('status', '--url', 'nowhere')).code).toBe(2);
  });

  it('does not choose the runner of a daemon that it names', async () => {
    const { dir, run } = await world();
    const url = await serve(join(dir, 'root'));
    const { code, stderr } = await run('submit', 'song.json', '--url', url, '--runner', runner);
    expect(code).toBe(2);
    expect(stderr).toContain(`--runner: the daemon at ${url} has a runner of its own`);
  });

  it('shows a token to the daemon, and to nobody else', async () => {
    const { dir, run } = await world({ CAB_URL: '' });
    const url = await serve(join(dir, 'root'), { socket: join(dir, 'daemon.sock') });
    expect((await run('status', '--url', url)).code).not.toBe(0);
    expect((await run('status', '--url', url, '--token', 'secret')).code).toBe(0);
    const { stdout } = await runCommand(['config', '--json'], {
      cwd: dir,
      env: { CAB_TOKEN: 'secret' },
    });
    expect(stdout).not.toContain('"secret"');
    expect(stdout).toContain('"token":{"value":"(set)","source":"CAB_TOKEN"}');
  });
});
