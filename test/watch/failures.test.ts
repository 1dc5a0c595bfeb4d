import { appendFile, chmod, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { CabError } from '../../src/core/model/errors.ts';
import { bundle } from '../helpers/bundle.ts';
import { asOrdinaryUser } from '../helpers/ordinary-user.ts';
import { until } from '../helpers/until.ts';
import { eachWatching } from './watching.ts';

describe('what fails', () => {
  const now = eachWatching();

  it('is remembered with its error, and tried again when the file changes', async () => {
    const watching = now();
    await watching.write('broken.features.json', '{"n":');
    await watching.write('refused.features.json', '{"n":"refuse"}');
    watching.runner.behave = ({ track_id }) =>
      track_id === 'failing.features' && watching.runner.calls === 1
        ? Promise.reject(new Error('no luck'))
        : undefined;
    await watching.write('failing.features.json', '{"n":1}');
    const watcher = await watching.watch({ rescanMs: 20 });
    await watching.ended(3);
    expect(await watcher.failures()).toEqual([
      {
        path: watching.path('broken.features.json'),
        job_id: null,
        error: expect.stringMatching(/^invalid_json: .*broken/) as unknown,
      },
      {
        path: watching.path('failing.features.json'),
        job_id: expect.any(String) as unknown,
        error: expect.stringMatching(/no luck/) as unknown,
      },
      {
        path: watching.path('refused.features.json'),
        job_id: null,
        error: expect.stringMatching(/^axes_missing: /) as unknown,
      },
    ]);
    await watching.write('broken.features.json', '{"n":5}');
    await utimes(watching.path('failing.features.json'), 5, 5);
    await until(async () => (await watcher.status()).done === 2);
    expect(await watcher.status()).toMatchObject({ done: 2, failed: 1 });
    expect(await watching.tracks()).toEqual([
      'broken.features',
      'failing.features',
      'failing.features',
    ]);
  });

  it('is what the fence does not admit, where a link took the place of a file say', async () => {
    const watching = now();
    await watching.write('song.features.json', '{"n":1}');
    const fence = { admits: async () => false };
    const watcher = await watching.watch({ fence });
    await until(async () => (await watcher.status()).failed === 1);
    expect(await watcher.failures()).toMatchObject([
      { job_id: null, error: expect.stringMatching(/^path_refused: /) as unknown },
    ]);
    expect(watching.runner.calls).toBe(0);
  });

  it('is left alone by the next watcher where a job failed, and tried again where it was refused', async () => {
    const watching = now();
    watching.runner.behave = () => Promise.reject(new Error('no luck'));
    await watching.write('failing.features.json', '{"n":1}');
    await watching.write('refused.features.json', '{"n":"refuse"}');
    const first = await watching.watch();
    await watching.ended(2);
    await first.close();
    watching.runner.accept = async () => undefined;
    watching.runner.behave = () => undefined;
    await watching.watch();
    await watching.ended(3);
    expect(await watching.tracks()).toEqual(['failing.features', 'refused.features']);
  });

  it('because it may not be read is tried again once it may', async () => {
    const watching = now();
    await watching.write('open.features.json', '{"n":0}');
    const watcher = await watching.watch();
    await watching.ended(1);
    await asOrdinaryUser(watching.outside(''), async () => {
      await writeFile(watching.outside('locked'), '{"n":1}', { mode: 0 });
      await rename(watching.outside('locked'), watching.path('locked.features.json'));
      await watching.ended(2);
      expect((await watcher.failures())[0]?.error).toMatch(/^input_unreadable: /);
      await chmod(watching.path('locked.features.json'), 0o644);
      await until(async () => (await watcher.status()).done === 2);
    });
  });

  it('because it was empty is submitted once it is written', async () => {
    const watching = now();
    await watching.write('empty.features.json', '');
    const watcher = await watching.watch();
    await watching.ended(1);
    await appendFile(watching.path('empty.features.json'), '{"n":1}');
    await until(async () => (await watcher.status()).done === 1);
    expect(await watcher.failures()).toEqual([]);
  });
});

describe('a broker that refuses for now', () => {
  const now = eachWatching({ queueLimit: 3, concurrency: 1 });

  it('gets every file once its queue has room', async () => {
    const watching = now();
    const gate = watching.runner.hold();
    for (let n = 0; n < 30; n += 1) await watching.write(`f${n}.features.json`, `{"n":${n}}`);
    const watcher = await watching.watch();
    await until(() => watching.warnings().length > 0);
    expect(watching.warnings()[0]).toMatch(/wait already/);
    gate.open();
    await watching.ended(30);
    expect(new Set(await watching.tracks()).size).toBe(30);
    expect(await watching.jobs()).toHaveLength(30);
    expect(await watcher.failures()).toEqual([]);
  });

  it('is asked whether it took a job whose answer was lost', async () => {
    const watching = now();
    const { broker } = watching;
    let lost = 0;
    const flaky = Object.create(broker, {
      submit: {
        value: async (request: Parameters<typeof broker.submit>[0]) => {
          const job = await broker.submit(request);
          if (lost++ < 2) throw new CabError('io_error', 'the connection was lost');
          return job;
        },
      },
      jobs: { value: broker.jobs.bind(broker) },
      wait: { value: broker.wait.bind(broker) },
    }) as typeof broker;
    await watching.write('once.features.json', '{"n":1}');
    await watching.watch({ broker: flaky });
    await watching.ended(1);
    expect(await watching.jobs()).toHaveLength(1);
  });
});

describe('a process without a free descriptor', () => {
  const now = eachWatching({ work: 'none' });

  it.each([
    ['late', ['submitted', 'done']],
    ['early', []],
  ])('goes on once it has one, with a file that came %s', async (which, then) => {
    const watching = now();
    await watching.write('early.features.json', '{"n":1}');
    await writeFile(watching.outside('late'), '{"n":2}');
    const script = await bundle(join(import.meta.dirname, 'blind-watcher.ts'));
    const line = 'ulimit -n 512 && exec node "$0" "$@"';
    const args = [watching.root, watching.path(''), watching.seenFile, which];
    const { stdout } = await execa('sh', ['-c', line, script.path, ...args]);
    await script.remove();
    const path = watching.path(`${which}.features.json`);
    expect(stdout.split('\n')).toEqual([
      'submitted',
      'done',
      `warning ${path} cannot be opened: too many files are open`,
      ...then,
    ]);
  });
});

describe('a broker that takes nothing', () => {
  const now = eachWatching({ queueLimit: 0 });

  it('does not hold up a watcher that closes while its look at the folder waits for room', async () => {
    const watching = now();
    for (let n = 0; n < 10; n += 1) await watching.write(`f${n}.features.json`, `{"n":${n}}`);
    const watcher = await watching.watch({ capacity: 5 });
    await until(() => watching.warnings().length > 0);
    await until(async () => (await watcher.status()).waiting === 5);
    await watcher.close();
    await expect(watcher.ended).resolves.toBeUndefined();
  });
});
