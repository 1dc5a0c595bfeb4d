/** Which job, entry or track a word of the command line names. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { RemoteBroker } from '../../src/http/client/remote-broker.ts';
import { runCommand, type Ran, type Surroundings } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { served } from '../helpers/served.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
let runner: ScriptedRunner;

beforeEach(async () => {
  cwd = await tempDir();
  runner = new ScriptedRunner();
  runner.behave = (_call, { log }) => {
    log('stdout', `run ${runner.calls}\n`);
    return undefined;
  };
  await writeFile(join(cwd, 'a.json'), '{"a":1}');
  await writeFile(join(cwd, 'b.json'), '{"b":1}');
});

const cab = (line: string, more: Partial<Surroundings> = {}): Promise<Ran> =>
  runCommand(line.split(' '), { cwd, runner, ...more });
const submitted = async (line: string): Promise<string> =>
  (await cab(`submit ${line}`)).stdout.trim();
const keyed = z.object({ config_hash: z.string(), source_hash: z.string() });
const keyOf = async (id: string): Promise<z.infer<typeof keyed>> =>
  keyed.parse((await cab(`status ${id} --json`)).json[0]);

describe('a job', () => {
  it('is named by its id, or by a beginning or an end that no other has', async () => {
    const id = await submitted('a.json');
    await submitted('b.json');
    for (const name of [id, id.slice(0, -1), id.slice(-8)])
      expect((await cab(`status ${name} --json`)).json, name).toMatchObject([{ job_id: id }]);
  });

  it('is none where several fit: they are named, and the exit code is 2', async () => {
    const ids = [await submitted('a.json'), await submitted('b.json')];
    const { code, stdout, stderr } = await cab(`status ${ids[0]?.slice(0, 6) ?? ''}`);
    expect([code, stdout]).toEqual([2, '']);
    for (const id of ids) expect(stderr).toContain(`job ${id}`);
  });

  it('is not guessed from fewer than four characters', async () => {
    const id = await submitted('a.json');
    expect((await cab(`cancel ${id.slice(-3)}`)).code).toBe(3);
  });

  it('is no track: who names one to a command that takes jobs is told so', async () => {
    await submitted('a.json');
    for (const command of ['cancel', 'retry']) {
      const { code, stderr } = await cab(`${command} a`);
      expect([code, stderr]).toEqual([3, expect.stringContaining('"a" is no job but a track in')]);
      expect(stderr).toContain('`cab status --track a` lists its jobs');
    }
  });

  it('is listed by the last eight digits of its id, and told whole by itself and to programs', async () => {
    const id = await submitted('a.json');
    const list = (await cab('status')).stdout;
    expect(list).toContain(id.slice(-8));
    expect(list).not.toContain(id);
    expect((await cab('status --json')).json).toMatchObject([{ jobs: [{ job_id: id }] }]);
    expect((await cab(`status ${id.slice(-8)}`)).stdout).toContain(id);
    expect((await cab('history a')).stdout).toContain(` ${id.slice(-8)}`);
  });

  it('is canceled and retried by a shortened id', async () => {
    const id = await submitted('a.json --enqueue');
    expect((await cab(`cancel ${id.slice(-8)} --json`)).json).toMatchObject([
      { job_id: id, status: 'canceled' },
    ]);
    const again = await cab(`retry ${id.slice(-8)}`);
    expect(again.code).toBe(0);
    expect((await cab(`status ${again.stdout.trim()} --json`)).json).toMatchObject([
      { status: 'done', track_id: 'a' },
    ]);
  });

  it('is not found in a root that is named', async () => {
    const root = join(cwd, 'data/echo_cas');
    for (const line of ['status', 'cancel', 'retry', 'logs', 'get', 'history', 'pin', 'unpin'])
      expect(await cab(`${line} nope`), line).toMatchObject({
        code: 3,
        stderr: expect.stringContaining(` in ${root}\n`) as unknown,
      });
    expect((await cab('cancel nope --json')).json).toMatchObject([
      { error: 'not_found', details: { looked_in: root }, about: 'nope' },
    ]);
    for (const line of ['status', 'tracks', 'pin', 'stats'])
      expect((await cab(line)).stdout, line).toContain(` in ${root}`);
  });
});

describe('status and logs', () => {
  it('take a key or a track for the latest job of it that was run', async () => {
    const id = await submitted('a.json');
    const hit = await submitted('a.json');
    await submitted('b.json');
    const { config_hash, source_hash } = await keyOf(hit);
    for (const name of ['a', `${config_hash}/${source_hash}`, source_hash.slice(-8)]) {
      expect((await cab(`status ${name} --json`)).json, name).toMatchObject([{ job_id: id }]);
      expect(await cab(`logs ${name}`), name).toMatchObject({ code: 0, stdout: 'run 1\n' });
    }
  });

  it('prefer an exact track to the shortened id of a job', async () => {
    const id = await submitted('a.json');
    const other = await submitted(`b.json --track ${id.slice(-8)}`);
    expect((await cab(`status ${id.slice(-8)} --json`)).json).toMatchObject([{ job_id: other }]);
  });

  it('have the latest job with --last', async () => {
    await submitted('a.json');
    await submitted('b.json');
    await submitted('a.json');
    expect((await cab('logs --last')).stdout).toBe('run 2\n');
    for (const line of ['logs', 'logs a --last']) expect((await cab(line)).code, line).toBe(2);
  });

  it('have no latest job in an empty root', async () => {
    expect(await cab('logs --last')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`no jobs in ${join(cwd, 'data/echo_cas')}`) as unknown,
    });
  });
});

describe('get', () => {
  it('takes a job, and a shortened job or key', async () => {
    const id = await submitted('a.json');
    await submitted('b.json');
    const { config_hash, source_hash } = await keyOf(id);
    const half = `${config_hash.slice(0, 6)}/${source_hash.slice(0, 6)}`;
    for (const what of [id, id.slice(-8), half, source_hash.slice(-8)])
      expect(await cab(`get ${what}`), what).toMatchObject({
        code: 0,
        stdout: 'computed from {"a":1}',
      });
  });

  it('says that a job has no result', async () => {
    const id = await submitted('a.json --enqueue');
    expect(await cab(`get ${id}`)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`job ${id} has no result: pending`) as unknown,
    });
  });

  it('takes two jobs of one key for one entry', async () => {
    const id = await submitted('a.json');
    await submitted('a.json');
    expect((await cab(`get ${id.slice(0, 4)}`)).stdout).toBe('computed from {"a":1}');
  });
});

describe('history, pin and unpin', () => {
  it('take a job', async () => {
    const id = await submitted('a.json');
    const key = await keyOf(id);
    const { config_hash, source_hash } = key;
    expect((await cab(`history ${id.slice(-8)} --json`)).json).toMatchObject([
      { track_id: 'a', history: [{ job_id: id }] },
    ]);
    for (const name of [id, source_hash.slice(-8)]) {
      expect((await cab(`pin ${name} --json`)).json, name).toMatchObject([
        { config_hash, source_hash, pinned: true, changed: true },
      ]);
      expect((await cab(`unpin ${name} --json`)).json, name).toMatchObject([{ changed: true }]);
    }
  });
});

describe('through a daemon', () => {
  it('the same words name the same', async () => {
    const { url, run } = await served();
    const { job_id } = await run('{"a":1}', { track_id: 'song/one' });
    await run('{"b":1}');
    const remote: Partial<Surroundings> = {
      openBroker: () =>
        Promise.resolve({
          broker: new RemoteBroker({ url, token: null, cwd, sendFiles: false }),
          isRemote: true,
        }),
    };
    for (const name of [job_id, job_id.slice(-8), 'song/one'])
      expect((await cab(`status ${name} --json`, remote)).json, name).toMatchObject([{ job_id }]);
    expect((await cab(`get ${job_id.slice(-8)}`, remote)).stdout).toBe('computed from {"a":1}');
    expect((await cab(`status ${job_id.slice(0, 6)}`, remote)).code).toBe(2);
    expect((await cab('submit a.json --no-track --json', remote)).json).toMatchObject([
      { track_id: null },
    ]);
    expect(await cab(`status no/such --url ${url}`, remote)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(` in ${url}\n`) as unknown,
    });
  });
});
