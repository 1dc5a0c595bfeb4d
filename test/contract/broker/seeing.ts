import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { CabError } from '../../../src/core/model/errors.ts';
import type { BrokerScene } from '../broker.ts';

export function describeSeeing(scene: BrokerScene): void {
  describe('what can be seen', () => {
    it('counts and pages of jobs, newest first', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 5; n++)
        ids.unshift(
          (await scene.run(`{"n":${n}}`, { track_id: n % 2 === 0 ? 'even' : 'odd' })).job_id,
        );
      expect(await scene.broker.counts()).toMatchObject({ done: 5, pending: 0 });
      const first = await scene.broker.jobs({ limit: 3 });
      const second = await scene.broker.jobs({ limit: 3, cursor: first.next ?? '' });
      expect([...first.jobs, ...second.jobs].map(({ job_id }) => job_id)).toEqual(ids);
      expect(second.next).toBeNull();
      expect((await scene.broker.jobs({ track: 'odd' })).jobs).toHaveLength(2);
      expect((await scene.broker.jobs({ status: 'error' })).jobs).toEqual([]);
    });

    it('all tracks, by name', async () => {
      for (const track_id of ['b', 'a.b', 'a', '夜に駆ける'])
        await scene.run(`{"t":"${track_id}"}`, { track_id });
      expect((await scene.broker.tracks()).tracks.map(({ track_id }) => track_id)).toEqual([
        'a',
        'a.b',
        'b',
        '夜に駆ける',
      ]);
    });

    it('the log, from any byte on', async () => {
      scene.runner.behave = (_, context) => {
        context.log('stdout', 'first line\n');
        context.log('stderr', 'second line\n');
        return undefined;
      };
      const { job_id } = await scene.run('{}');
      const whole = await scene.broker.log(job_id);
      expect(whole.text).toBe('first line\nsecond line\n');
      expect(await scene.broker.log(job_id, 11)).toEqual({
        text: 'second line\n',
        ...{ from: 11, next: whole.next, size: whole.next },
      });
      const { next } = whole;
      expect(await scene.broker.log(job_id, next)).toEqual({
        text: '',
        from: next,
        next,
        size: next,
      });
      expect(await scene.broker.log(job_id, -15)).toMatchObject({
        text: 'second line\n',
        from: 11,
      });
      expect(await scene.broker.log(job_id, 0, 5)).toMatchObject({ text: 'first', next: 5 });
    });

    it('the events of a job, in order, to its end', async () => {
      scene.runner.behave = () =>
        scene.runner.calls < 2 ? Promise.reject(new CabError('runner_failed', 'once')) : undefined;
      const { job_id } = await scene.submit('{}', { max_attempts: 2 });
      const types: string[] = [];
      for await (const event of scene.broker.events({ job_id })) types.push(event.type);
      expect(types).toEqual(['submitted', 'started', 'retrying', 'started', 'done']);
      await expect(async () => {
        for await (const { type } of scene.broker.events({ job_id: 'nothing' })) types.push(type);
      }).rejects.toMatchObject({ code: 'not_found' });
    });

    it('what the runner writes, as events while it runs', async () => {
      const { open } = gate(scene);
      const { job_id } = await scene.submit('{}', { track_id: 'written' });
      const told: string[] = [];
      for await (const { type, data } of scene.broker.events({ job_id })) {
        if (type !== 'stdout' && type !== 'stderr') continue;
        told.push(`${type} ${JSON.stringify(data)}`);
        if (type === 'stderr') open();
      }
      expect(told).toEqual([
        String.raw`stdout {"text":"out\n","dropped":0}`,
        String.raw`stderr {"text":"err\n","dropped":0}`,
        String.raw`stdout {"text":"last\n","dropped":0}`,
      ]);
    });

    it('the progress that the runner reports', async () => {
      scene.runner.behave = (_, { progress }) => {
        progress({ fraction: 0.25, message: 'x'.repeat(10_000) });
        return undefined;
      };
      const { job_id } = await scene.run('{}');
      const told: unknown[] = [];
      for await (const { type, data } of scene.broker.events({ job_id }))
        if (type === 'progress') told.push(data);
      expect(told).toEqual([
        { fraction: 0.25, message: expect.stringMatching(/^x{10,1000}…?/) as unknown },
      ]);
    });

    it('a runner that writes without end, in few events that say what they leave out', async () => {
      const line = `${'é'.repeat(1000)}\n`;
      scene.runner.behave = (_, { log }) => {
        for (let n = 0; n < 5000; n++) log('stdout', line);
        return undefined;
      };
      const { job_id } = await scene.run('{}');
      let [events, characters] = [0, 0];
      for await (const { type, data } of scene.broker.events({ job_id })) {
        if (type !== 'stdout') continue;
        events += 1;
        const { text, dropped } = outputSchema.parse(data);
        expect(text.length).toBeLessThanOrEqual(16_384);
        characters += text.length + dropped;
      }
      expect(characters).toBe(5000 * line.length);
      expect(events).toBeLessThan(5);
    });

    it('events of all jobs, until told to stop, and from where one left off', async () => {
      const stop = new AbortController();
      const first = await scene.run('{"n":1}');
      const seen: string[] = [];
      let last = 0;
      for await (const event of scene.broker.events({ signal: stop.signal })) {
        seen.push(event.job_id);
        last = event.seq;
        if (event.type === 'done') stop.abort();
      }
      expect(new Set(seen)).toEqual(new Set([first.job_id]));
      const second = await scene.run('{"n":2}');
      for await (const event of scene.broker.events({ after: last })) {
        expect(event.job_id).toBe(second.job_id);
        if (event.type === 'done') break;
      }
    });
  });

  it('has nothing left to do once it is idle', async () => {
    for (let n = 0; n < 4; n++) await scene.submit(`{"n":${n}}`);
    await scene.broker.idle();
    await scene.worker.idle();
    expect(await scene.broker.counts()).toMatchObject({ pending: 0, running: 0, done: 4 });
  });
}

const outputSchema = z.object({ text: z.string(), dropped: z.number() });

/** The runner writes to both streams, and once more when the gate has been opened. */
function gate(scene: BrokerScene): { open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  scene.runner.behave = async (_, { log }) => {
    log('stdout', 'out\n');
    log('stderr', 'err\n');
    await opened;
    log('stdout', 'last\n');
    return undefined;
  };
  return { open };
}
