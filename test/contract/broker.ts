import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/core/broker.ts';
import { CabError } from '../../src/core/errors.ts';
import type { SubmitRequest } from '../../src/core/model/submit-request.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { ScriptedRunner } from '../helpers/scripted-runner.ts';

export interface BrokerFixture {
  readonly broker: Broker;
  /** What the broker's runner does, and how often it was called. */
  readonly runner: ScriptedRunner;
  close(): Promise<void>;
}

export function describeBroker(name: string, make: () => Promise<BrokerFixture>): void {
  describe(`${name} as a broker`, () => {
    let fixture: BrokerFixture;
    let broker: Broker;
    let runner: ScriptedRunner;
    let inputs: string;

    beforeEach(async () => {
      fixture = await make();
      ({ broker, runner } = fixture);
      inputs = await tempDir();
    });
    afterEach(() => fixture.close());

    const features = async (content: string, file = 'song.json'): Promise<string> => {
      // Each in a directory of its own: a job's input must lie still until the job has ended.
      const path = join(await mkdtemp(join(inputs, 'input-')), file);
      await writeFile(path, content);
      return path;
    };
    const submit = async (content: string, more: Partial<SubmitRequest> = {}) =>
      broker.submit({ features_path: await features(content), ...more });
    const start = async (content: string, more: Partial<SubmitRequest> = {}) => {
      const job = await submit(content, more);
      await until(async () => (await broker.job(job.job_id)).status === 'running');
      return job;
    };
    const run = async (content: string, more: Partial<SubmitRequest> = {}) =>
      broker.wait((await submit(content, more)).job_id);
    const read = async (track: string): Promise<string> => {
      const file = await broker.open(await broker.pointer(track));
      return text(file.stream());
    };

    describe('from input to artifact', () => {
      it('runs a job, and gives its artifact by track and by key', async () => {
        const job = await run('{"b":1,"a":2}', { track_id: 'foo' });
        expect(job).toMatchObject({
          status: 'done',
          cached: false,
          error: null,
          attempts: 1,
          track_id: 'foo',
        });
        expect(job.result?.etag).toMatch(/^[0-9a-f]{64}$/);
        expect(await read('foo')).toBe('computed from {"b":1,"a":2}');
        const file = await broker.open(
          { config_hash: job.config_hash, source_hash: job.source_hash },
          'historical_echo.json',
        );
        expect(file.etag).toBe(job.result?.etag);
        await file.close();
      });

      it('writes a manifest with digests, the configuration and what led there', async () => {
        const job = await run('{}', { track_id: 'foo', run_id: 'my-run', probe: { n: 3 } });
        expect(await broker.manifest(job)).toMatchObject({
          source_hash: job.source_hash,
          config_hash: job.config_hash,
          artifact: {
            path: 'historical_echo.json',
            sha256: job.result?.etag,
            etag: job.result?.etag,
            size: 16,
          },
          config: { probe: { n: 3 }, runner: { name: 'scripted' } },
          job_id: job.job_id,
          run_id: 'my-run',
          track_id: 'foo',
        });
      });

      it('computes equal work once, however the input is written', async () => {
        await run('{"a":1,"b":[1.0]}', { track_id: 'one' });
        const again = await submit('{ "b": [1.0], "a": 1 }', { track_id: 'two' });
        expect(again).toMatchObject({ status: 'done', cached: true });
        expect(runner.calls).toBe(1);
        expect(await broker.pointer('two')).toEqual({
          ...(await broker.pointer('one')),
          track_id: 'two',
        });
      });

      it('computes once what is submitted many times at once', async () => {
        const path = await features('{"same":true}');
        const jobs = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            broker.submit({ features_path: path, track_id: `t${n}` }),
          ),
        );
        const ended = await Promise.all(jobs.map(({ job_id }) => broker.wait(job_id)));
        expect(ended.every(({ status }) => status === 'done')).toBe(true);
        expect(ended.filter(({ cached }) => !cached)).toHaveLength(1);
        expect(runner.calls).toBe(1);
      });

      it('takes the input itself in place of a path', async () => {
        const job = await broker.wait(
          (await broker.submit({ features_text: '{"sent":1}', track_id: 'sent' })).job_id,
        );
        expect(job.status).toBe('done');
        expect(await read('sent')).toBe('computed from {"sent":1}');
      });

      it('names the track after the file where none is given', async () => {
        expect((await run('{}')).track_id).toBe('song');
        expect((await broker.pointer('song')).track_id).toBe('song');
      });

      it("takes the caller's config_hash verbatim", async () => {
        expect((await run('{}', { config_hash: 'my.config-1' })).config_hash).toBe('my.config-1');
      });

      it('makes another key of another probe, and explains the miss', async () => {
        const first = await run('{}', { probe: { n: 3, m: 1 } });
        const path = await features('{}');
        expect(await broker.explain({ features_path: path, probe: { m: 1, n: 3 } })).toMatchObject({
          hit: true,
          closest: null,
        });
        const miss = await broker.explain({ features_path: path, probe: { n: 4, m: 1 } });
        expect(miss).toMatchObject({
          hit: false,
          closest: {
            key: { config_hash: first.config_hash },
            differences: [{ field: 'probe.n', wanted: 4, found: 3 }],
          },
        });
        expect(runner.calls).toBe(1);
      });

      it('finds again what a runner published under a key of its own', async () => {
        runner.publishUnder = { config_hash: 'own-config', source_hash: 'own-source' };
        const first = await run('{"x":1}', { track_id: 'own' });
        expect(first).toMatchObject({ config_hash: 'own-config', source_hash: 'own-source' });
        expect(await submit('{"x":1}')).toMatchObject({
          status: 'done',
          cached: true,
          config_hash: 'own-config',
        });
        expect(await read('own')).toBe('computed from {"x":1}');
      });
    });

    describe('what is refused', () => {
      it.each<[string, Partial<SubmitRequest>, string]>([
        ['no input at all', {}, 'features_path_missing'],
        ['a file that is absent', { features_path: '/no/such/file.json' }, 'input_not_found'],
        ['an unsafe config hash', { features_text: '{}', config_hash: '../x' }, 'invalid_request'],
        [
          'a config hash that is a route',
          { features_text: '{}', config_hash: 'index' },
          'invalid_request',
        ],
        [
          'a track without a possible name',
          { features_text: '{}', track_id: 'x'.repeat(300) },
          'unsafe_track',
        ],
        ['text that is not JSON', { features_text: '{"a":\n 1,}' }, 'invalid_json'],
        ['text that is empty', { features_text: '' }, 'input_empty'],
        ['input that the runner refuses', { features_text: '{"refuse":true}' }, 'axes_missing'],
        [
          'a probe argument that the runner refuses',
          { features_text: '{}', probe: { unknown: 1 } },
          'probe_invalid',
        ],
      ])('%s', async (_, request, code) => {
        await expect(broker.submit(request)).rejects.toMatchObject({ name: 'CabError', code });
        expect(await broker.counts()).toEqual({
          pending: 0,
          running: 0,
          done: 0,
          error: 0,
          canceled: 0,
        });
        expect(runner.calls).toBe(0);
      });

      it('a field of the wrong kind, by its name', async () => {
        const request: unknown = JSON.parse('{"features_text":"{}","max_attempts":"three"}');
        await expect(broker.submit(request as SubmitRequest)).rejects.toMatchObject({
          code: 'invalid_request',
          message: expect.stringMatching(/^max_attempts: /) as string,
        });
      });

      it.each(['job', 'wait', 'cancel', 'retry', 'log'] as const)(
        '%s of a job that is not there',
        async (method) => {
          await expect(
            broker[method]('0190b5a0-0000-7000-8000-000000000000'),
          ).rejects.toMatchObject({ code: 'not_found' });
        },
      );

      it('a track and an entry that are not there', async () => {
        await expect(broker.pointer('nothing')).rejects.toMatchObject({ code: 'not_found' });
        await expect(broker.open({ config_hash: 'a', source_hash: 'b' })).rejects.toMatchObject({
          code: 'not_found',
        });
        await expect(
          broker.manifest({ config_hash: '..', source_hash: '..' }),
        ).rejects.toMatchObject({ code: 'not_found' });
      });
    });

    describe('failures', () => {
      it('end the job with the code, the message and what the runner knew', async () => {
        runner.behave = () =>
          Promise.reject(
            new CabError('runner_failed', 'scripted: exit code 7', { details: { exit_code: 7 } }),
          );
        const job = await run('{}', { track_id: 'failed' });
        expect(job).toMatchObject({
          status: 'error',
          error: 'scripted: exit code 7',
          result: null,
          problem: { code: 'runner_failed', details: { exit_code: 7 } },
        });
        await expect(broker.pointer('failed')).rejects.toMatchObject({ code: 'not_found' });
      });

      it('that running again can mend are retried, up to the limit', async () => {
        runner.behave = () =>
          runner.calls < 2 ? Promise.reject(new CabError('runner_failed', 'not yet')) : undefined;
        expect(await run('{}', { max_attempts: 3 })).toMatchObject({ status: 'done', attempts: 2 });
      });

      it("that are the input's are not retried", async () => {
        runner.behave = () => Promise.reject(new CabError('axes_missing', 'no tempo'));
        expect(await run('{}', { max_attempts: 5 })).toMatchObject({
          status: 'error',
          attempts: 1,
        });
      });

      it('that nobody foresaw are told as defects, and leave the broker working', async () => {
        runner.behave = () => Promise.reject(new TypeError('oops'));
        expect(await run('{}')).toMatchObject({ status: 'error', problem: { code: 'internal' } });
        runner.behave = () => undefined;
        expect(await run('{"next":1}')).toMatchObject({ status: 'done' });
      });

      it('to answer a file that is there end the job', async () => {
        runner.behave = () => Promise.resolve({ artifact: '/no/such/artifact', manifest: null });
        expect(await run('{}')).toMatchObject({
          status: 'error',
          problem: { code: 'runner_result_invalid' },
        });
      });

      it('by running too long end as timeout', async () => {
        runner.behave = runner.untilAborted;
        expect(await run('{}', { timeout_s: 0.05 })).toMatchObject({
          status: 'error',
          problem: { code: 'timeout' },
        });
      });

      it('can be retried by hand under a new id', async () => {
        runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
        const failed = await run('{}', { track_id: 'again', priority: 5 });
        runner.behave = () => undefined;
        const retried = await broker.wait((await broker.retry(failed.job_id)).job_id);
        expect(retried).toMatchObject({ status: 'done', track_id: 'again', priority: 5 });
        expect(retried.job_id > failed.job_id).toBe(true);
        await expect(broker.retry(retried.job_id)).rejects.toMatchObject({ code: 'not_retryable' });
      });

      it('of input that changed after it was accepted publish nothing', async () => {
        const path = await features('{"v":1}', 'changing.json');
        runner.behave = async () => {
          await writeFile(path, '{"v":2}');
          return undefined;
        };
        const job = await broker.wait(
          (await broker.submit({ features_path: path, track_id: 'c' })).job_id,
        );
        expect(job).toMatchObject({ status: 'error', problem: { code: 'input_changed' } });
        await expect(broker.open(job)).rejects.toMatchObject({ code: 'not_found' });
      });

      it('of input that was removed after it was accepted say so', async () => {
        const gate = runner.hold();
        const first = await start('{"first":1}');
        const path = await features('{"gone":1}', 'gone.json');
        const second = await broker.submit({ features_path: path });
        await rm(path);
        gate.open();
        await broker.wait(first.job_id);
        expect(await broker.wait(second.job_id)).toMatchObject({
          status: 'error',
          problem: { code: 'input_not_found' },
        });
      });
    });

    describe('force', () => {
      it('runs again, and is content with equal bytes', async () => {
        await run('{}');
        expect(await run('{}', { force: true })).toMatchObject({ status: 'done', cached: false });
        expect(runner.calls).toBe(2);
      });

      it('ends as not reproducible where the bytes differ, and keeps what stands', async () => {
        await run('{}', { track_id: 'f' });
        runner.text = 'something else';
        const forced = await run('{}', { track_id: 'f', force: true });
        expect(forced).toMatchObject({ status: 'error', problem: { code: 'not_reproducible' } });
        expect(await read('f')).toBe('computed from {}');
      });
    });

    describe('while jobs run', () => {
      it('cancels a running one', async () => {
        runner.behave = runner.untilAborted;
        const job = await start('{}');
        await broker.cancel(job.job_id);
        expect(await broker.wait(job.job_id)).toMatchObject({ status: 'canceled', result: null });
      });

      it('cancels a pending one at once', async () => {
        const gate = runner.hold();
        const first = await start('{"first":1}');
        const second = await submit('{"second":1}');
        expect(await broker.cancel(second.job_id)).toMatchObject({ status: 'canceled' });
        gate.open();
        await broker.wait(first.job_id);
        expect(runner.calls).toBe(1);
      });

      it('leaves an ended one as it is when canceled', async () => {
        const job = await run('{}');
        expect(await broker.cancel(job.job_id)).toMatchObject({ status: 'done' });
      });

      it('gives up waiting when the time is up, and the job goes on', async () => {
        const gate = runner.hold();
        const job = await submit('{}');
        await expect(broker.wait(job.job_id, { timeoutMs: 20 })).rejects.toMatchObject({
          code: 'wait_timeout',
        });
        gate.open();
        expect(await broker.wait(job.job_id)).toMatchObject({ status: 'done' });
      });

      it('runs higher priorities first, then in order of submission', async () => {
        const gate = runner.hold();
        const first = await start('{"n":0}');
        const jobs = [first];
        for (const [n, priority] of [0, 5, 0, 9].entries())
          jobs.push(await submit(`{"n":${n + 1}}`, { priority }));
        gate.open();
        for (const { job_id } of jobs) await broker.wait(job_id);
        expect(runner.seen).toEqual(['{"n":0}', '{"n":4}', '{"n":2}', '{"n":1}', '{"n":3}']);
      });

      it('moves the pointer in the order of submission, not of finishing', async () => {
        const gate = runner.hold();
        const blocking = await start('{"v":"blocking"}');
        const older = await submit('{"v":"older"}', { track_id: 'p' });
        const newest = await submit('{"v":"newest"}', { track_id: 'p', priority: 3 });
        gate.open();
        for (const { job_id } of [blocking, older, newest]) await broker.wait(job_id);
        expect(await read('p')).toBe('computed from {"v":"newest"}');
        const history = await broker.history('p');
        expect(history.map(({ job_id }) => job_id)).toEqual([newest.job_id, older.job_id]);
      });

      it('keeps the pointer of a later hit when an earlier job finishes after it', async () => {
        await run('{"v":"standing"}');
        const gate = runner.hold();
        const slow = await submit('{"v":"slow"}', { track_id: 'q' });
        await submit('{"v":"standing"}', { track_id: 'q' });
        gate.open();
        await broker.wait(slow.job_id);
        expect(await read('q')).toBe('computed from {"v":"standing"}');
      });
    });

    describe('what can be seen', () => {
      it('counts and pages of jobs, newest first', async () => {
        const ids: string[] = [];
        for (let n = 0; n < 5; n++)
          ids.unshift((await run(`{"n":${n}}`, { track_id: n % 2 === 0 ? 'even' : 'odd' })).job_id);
        expect(await broker.counts()).toMatchObject({ done: 5, pending: 0 });
        const first = await broker.jobs({ limit: 3 });
        const second = await broker.jobs({ limit: 3, cursor: first.next ?? '' });
        expect([...first.jobs, ...second.jobs].map(({ job_id }) => job_id)).toEqual(ids);
        expect(second.next).toBeNull();
        expect((await broker.jobs({ track: 'odd' })).jobs).toHaveLength(2);
        expect((await broker.jobs({ status: 'error' })).jobs).toEqual([]);
      });

      it('all tracks, by name', async () => {
        for (const track_id of ['b', 'a', '夜に駆ける'])
          await run(`{"t":"${track_id}"}`, { track_id });
        expect((await broker.tracks()).map(({ track_id }) => track_id)).toEqual([
          'a',
          'b',
          '夜に駆ける',
        ]);
      });

      it('the log, from any byte on', async () => {
        runner.behave = (_, context) => {
          context.log('stdout', 'first line\n');
          context.log('stderr', 'second line\n');
          return undefined;
        };
        const { job_id } = await run('{}');
        const whole = await broker.log(job_id);
        expect(whole.text).toBe('first line\nsecond line\n');
        expect(await broker.log(job_id, 11)).toEqual({ text: 'second line\n', next: whole.next });
        expect(await broker.log(job_id, whole.next)).toEqual({ text: '', next: whole.next });
      });

      it('the events of a job, in order, to its end', async () => {
        runner.behave = () =>
          runner.calls < 2 ? Promise.reject(new CabError('runner_failed', 'once')) : undefined;
        const { job_id } = await submit('{}', { max_attempts: 2 });
        const types: string[] = [];
        for await (const event of broker.events({ job_id })) types.push(event.type);
        expect(types).toEqual(['submitted', 'started', 'retrying', 'started', 'done']);
      });

      it('events of all jobs, until told to stop, and from where one left off', async () => {
        const stop = new AbortController();
        const first = await run('{"n":1}');
        const seen: string[] = [];
        let last = 0;
        for await (const event of broker.events({ signal: stop.signal })) {
          seen.push(event.job_id);
          last = event.seq;
          if (event.type === 'done') stop.abort();
        }
        expect(new Set(seen)).toEqual(new Set([first.job_id]));
        const second = await run('{"n":2}');
        for await (const event of broker.events({ after: last })) {
          expect(event.job_id).toBe(second.job_id);
          if (event.type === 'done') break;
        }
      });
    });

    it('has nothing left to do once it is idle', async () => {
      for (let n = 0; n < 4; n++) await submit(`{"n":${n}}`);
      await broker.idle();
      expect(await broker.counts()).toMatchObject({ pending: 0, running: 0, done: 4 });
    });
  });
}

/** Until the condition holds; the test's own limit ends it otherwise. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
