import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobSchema } from '../../src/http/wire/job-answer.ts';
import { runCommand, type Ran, type Surroundings } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
let runner: ScriptedRunner;

beforeEach(async () => {
  cwd = await tempDir();
  runner = new ScriptedRunner();
  await writeFile(join(cwd, 'a.json'), '{"a":1}');
  await writeFile(join(cwd, 'b.json'), '{"b":1}');
  await writeFile(join(cwd, 'bad.json'), '{"refuse":1}');
});

const cab = (line: string, more: Partial<Surroundings> = {}): Promise<Ran> =>
  runCommand(line.split(' '), { cwd, runner, ...more });
const submitted = async (line: string): Promise<string> => (await cab(line)).stdout.trim();
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('submit', () => {
  it('prints an id a line, in the order of the files, and runs the jobs to their end', async () => {
    const { code, stdout, stderr } = await cab('submit a.json b.json');
    const ids = stdout.trim().split('\n');
    expect(ids).toEqual([expect.stringMatching(uuid), expect.stringMatching(uuid)]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^2 jobs: 2 computed \([\d.]+m?s of work\)\n$/);
    expect(runner.calls).toBe(2);
    const tracks = await Promise.all(
      ids.map(async (id) => (await cab(`status ${id} --json`)).json),
    );
    expect(tracks).toMatchObject([
      [{ track_id: 'a', status: 'done' }],
      [{ track_id: 'b', status: 'done' }],
    ]);
  });

  it('tells with --wait how each job ended, and where its artifact is', async () => {
    const { code, stdout } = await cab('submit a.json bad.json b.json --wait');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(lines.map(([, status]) => status)).toEqual(['done', 'done']);
    for (const [, , artifact = ''] of lines)
      expect(await readFile(artifact, 'utf8')).toMatch(/^computed from/);
    expect(code).toBe(2);
  });

  it('goes on where a file is refused, and exits as the first failure does', async () => {
    const { code, stdout, stderr } = await cab('submit nope.json a.json bad.json');
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(`error: ${join(cwd, 'nope.json')}`);
    expect(stderr).toContain('bad.json: refused');
    expect(code).toBe(2);
  });

  it('refuses an empty operand, as explain and hash do', async () => {
    for (const command of ['submit', 'explain', 'hash'])
      expect(await runCommand([command, ''], { cwd, runner }), command).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(
          /^error: an operand is empty, and names no file\n/,
        ) as unknown,
      });
  });

  it('exits with 1 where a job failed, and says why', async () => {
    runner.behave = () => Promise.reject(new Error('no luck'));
    const { code, stderr } = await cab('submit a.json --retries 0');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: a\.json: .*no luck/);
  });

  it('leaves the jobs in the queue with --enqueue', async () => {
    const id = await submitted('submit a.json --enqueue --priority -5 --timeout 5m');
    expect(runner.calls).toBe(0);
    expect((await cab(`status ${id} --json`)).json).toMatchObject([
      { status: 'pending', priority: -5, timeout_s: 300, max_attempts: 1 },
    ]);
  });

  it('ends with 5 when the wait has run out of time', async () => {
    runner.behave = runner.untilAborted;
    const { code, stdout, stderr } = await cab(
      'submit a.json --wait --wait-timeout 50ms --kill-grace 10ms',
    );
    expect([code, stdout]).toEqual([5, '']);
    expect(stderr).toMatch(/^error: job .* had not ended/);
  });

  it('takes standard input, patterns and tracks made of names', async () => {
    expect((await cab('submit - --track demo', { input: '{"c":1}' })).code).toBe(0);
    expect((await cab('submit [ab].json --track {dir}-{stem}')).code).toBe(0);
    const tracks = (await cab('tracks --json')).json;
    const dir = cwd.split('/').at(-1) ?? '';
    expect(tracks).toMatchObject([
      { tracks: expect.arrayContaining([expect.objectContaining({ track_id: `${dir}-a` })]) },
    ]);
    expect((await cab('submit a.json b.json --track one')).code).toBe(2);
    for (const line of ['submit - b.json --track p-{stem}', 'explain - --track {stem}'])
      expect((await cab(line, { input: '{"c":1}' })).code, line).toBe(2);
  });

  it('warns of files that share a track by their names', async () => {
    for (const dir of ['x', 'y']) {
      await mkdir(join(cwd, dir));
      await writeFile(join(cwd, dir, 'a.json'), `{"${dir}":1}`);
    }
    const { code, stdout, stderr } = await cab('submit x/a.json y/a.json b.json --enqueue');
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 3]);
    expect(stderr).toMatch(
      /^warning: track "a" is shared by 2 files \(x\/a\.json, y\/a\.json\); .*\n$/,
    );
    for (const line of ['x/a.json ./x/a.json', 'x/a.json y/a.json --track {dir}/{name}'])
      expect((await cab(`submit ${line} --enqueue`)).stderr, line).toBe('');
  });

  it('gives jobs no track with --no-track', async () => {
    const { stdout, stderr } = await cab('submit a.json b.json --no-track --enqueue --json');
    expect(stdout.match(/"track_id":null/g)).toHaveLength(2);
    expect(stderr).not.toContain('shared');
    const env = { CAB_SUBMIT_TRACK: 'mine' };
    expect((await cab('submit a.json --no-track --json', { env })).json).toMatchObject([
      { track_id: null },
    ]);
    expect((await cab('tracks --json')).json).toMatchObject([{ tracks: [] }]);
    expect((await cab('submit a.json --no-track --track t')).code).toBe(2);
    const none = { CAB_SUBMIT_NO_TRACK: '1' };
    expect((await cab('submit a.json --track t --json', { env: none })).json).toMatchObject([
      { track_id: 't' },
    ]);
  });

  it('takes of the store what is named plainly, and nothing by a pattern', async () => {
    await cab('submit a.json');
    await writeFile(join(cwd, 'data/beside.json'), '{"d":1}');
    for (const pattern of ['**/*.json', 'data/**/*.json', `${cwd}/**/*.json`])
      for (const root of ['data/echo_cas', `${cwd}/data/echo_cas`]) {
        const { stdout } = await cab(`submit ${pattern} --enqueue --cas-root ${root}`);
        expect(stdout.trim().split('\n'), pattern).toHaveLength(pattern.includes('data/') ? 1 : 3);
      }
    const pointer = 'data/echo_cas/echo/index/a.json';
    expect((await cab(`submit ${pointer} --enqueue`)).code).toBe(0);
  });

  it('passes arguments on as JSON where they parse', async () => {
    const [explanation] = (await cab('explain a.json --probe n=5 --probe s=five --json')).json;
    expect(explanation).toMatchObject({ hit: false, config: { probe: { n: 5, s: 'five' } } });
  });

  it('prints documents with --json, a refusal among them', async () => {
    const { code, json } = await cab('submit bad.json a.json --wait --json');
    expect(code).toBe(2);
    expect(json).toMatchObject([
      { error: 'axes_missing', message: expect.any(String), about: 'bad.json' },
      { status: 'done', track_id: 'a' },
    ]);
    expect(jobSchema.safeParse(json[1]).success).toBe(true);
  });
});

describe('status', () => {
  it('is empty where nothing was ever submitted', async () => {
    expect(await cab('status')).toMatchObject({
      code: 0,
      stdout: `no jobs in ${join(cwd, 'data/echo_cas')}\n`,
    });
    expect((await cab('status --json')).json).toEqual([
      { counts: { pending: 0, running: 0, done: 0, error: 0, canceled: 0 }, jobs: [] },
    ]);
  });

  it('filters by state and track', async () => {
    await cab('submit a.json b.json');
    expect((await cab('status --status error --json')).json).toMatchObject([{ jobs: [] }]);
    expect((await cab('status --track b --json')).json).toMatchObject([
      { counts: { done: 2 }, jobs: [{ track_id: 'b' }] },
    ]);
    expect((await cab('status --limit 1 --json')).json).toMatchObject([
      { jobs: [expect.anything()] },
    ]);
    expect(await cab('status --status lost')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--status: expected one of pending, running'),
    });
  });

  it('refuses a value that makes no sense, also where nothing would have looked at it', async () => {
    const signal = AbortSignal.abort(new Error('not refused'));
    for (const flag of ['--max-size', '--gc-grace'])
      expect(
        await runCommand(['serve', '--port', '0', flag, 'foo'], { cwd, signal }),
      ).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`${flag}: expected a `),
      });
  });

  it('exits with 3 for a job that is not there', async () => {
    expect(await cab('status nope')).toMatchObject({ code: 3, stdout: '' });
    expect((await cab('status nope --json')).json).toMatchObject([{ error: 'not_found' }]);
  });

  it('watches a job to its end, a line a change', async () => {
    const id = await submitted('submit a.json --enqueue');
    const watching = cab(`status ${id} --watch --json`);
    await cab('submit b.json');
    await cab(`cancel ${id}`);
    const { json, code } = await watching;
    expect(code).toBe(0);
    expect(json.at(-1)).toMatchObject({ job_id: id, status: 'canceled' });
  });
});

describe('cancel, retry and logs', () => {
  it('cancel a job, and submit it anew under a new id', async () => {
    const id = await submitted('submit a.json --enqueue');
    expect(await cab(`cancel ${id} nope`)).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('canceled'),
      stderr: expect.stringContaining('nope'),
    });
    const { stdout, code } = await cab(`retry ${id} --wait`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ {2}done {6}\S/);
    expect(stdout).not.toContain(id);
    expect(await cab(`retry ${stdout.slice(0, 36)}`)).toMatchObject({ code: 1 });
  });

  it('print what the runner wrote', async () => {
    runner.behave = (_call, { log }) => {
      log('stdout', 'one\n');
      log('stderr', 'two\n');
      return undefined;
    };
    const id = await submitted('submit a.json');
    expect((await cab(`logs ${id}`)).stdout).toBe('one\ntwo\n');
    expect((await cab(`logs ${id} --follow`)).stdout).toBe('one\ntwo\n');
    expect((await cab(`logs ${id} --json`)).json).toEqual([
      { job_id: id, text: 'one\ntwo\n', next: 8 },
    ]);
    expect((await cab(`status ${id}`)).stdout).toContain('log        one\n           two\n');
  });
});

describe('explain', () => {
  it('tells a hit from a miss, and what is different', async () => {
    await cab('submit a.json --probe n=1');
    expect((await cab('explain a.json --probe n=1')).stdout).toMatch(/^hit {2}/);
    const { stdout } = await cab('explain a.json --probe n=2');
    expect(stdout).toMatch(/^miss /);
    expect(stdout).toContain('probe.n  2       1');
  });

  it('ends with 1 for a miss with --exit-code, and with 0 without it', async () => {
    expect((await cab('explain a.json')).code).toBe(0);
    expect((await cab('explain a.json --exit-code --json')).code).toBe(1);
    await cab('submit a.json');
    expect((await cab('explain a.json --exit-code')).code).toBe(0);
  });
});
