import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundle, type Bundle } from '../helpers/bundle.ts';
import { until } from '../helpers/until.ts';
import { eachWatching } from './watching.ts';

let script: Bundle;
beforeAll(async () => {
  script = await bundle(join(import.meta.dirname, 'watch-process.ts'));
});
afterAll(() => script.remove());

describe('a watcher that is killed', () => {
  const now = eachWatching({ work: 'none' });
  const children: ChildProcess[] = [];
  let said = '';

  afterEach(async () => {
    await Promise.all(children.splice(0).map(kill));
    said = '';
  });

  function start(failpoints = ''): ChildProcess {
    const { root, seenFile } = now();
    const child = spawn(process.execPath, [script.path, root, now().path(''), seenFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, CAB_FAILPOINTS: failpoints },
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    children.push(child);
    return child;
  }

  const dead = (child: ChildProcess): boolean =>
    child.exitCode !== null || child.signalCode !== null;
  async function kill(child: ChildProcess): Promise<void> {
    if (dead(child)) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }
  const count = (word: string): number =>
    said.split('\n').filter((line) => line.startsWith(`${word} `)).length;
  async function write(from: number, to: number): Promise<void> {
    for (let n = from; n < to; n += 1) await now().write(`f${n}.features.json`, `{"n":${n}}`);
  }

  it('misses nothing and repeats nothing', async () => {
    const watching = now();
    await write(0, 100);
    // Killed between the commit of jobs and the note of their ids, where only the intent is known.
    for (const [round, failpoint] of ['job.accepted=kill', 'job.accepted=kill@30'].entries()) {
      const child = start(failpoint);
      await until(() => dead(child));
      expect(child.signalCode).toBe('SIGKILL');
      await write(100 + 50 * round, 150 + 50 * round);
    }
    // Killed wherever it happens to be.
    for (const round of [0, 1, 2]) {
      const before = count('done');
      const child = start();
      await write(200 + 50 * round, 250 + 50 * round);
      await until(() => count('done') > before + 20);
      await kill(child);
    }
    await write(350, 400);
    const last = start();
    await until(async () => (await watching.broker.counts()).done >= 400);
    await watching.write('last.features.json', '{"last":true}');
    await until(async () => (await watching.broker.counts()).done >= 401);
    await kill(last);
    const expected = ['last.features', ...Array.from({ length: 400 }, (_, n) => `f${n}.features`)];
    expect(await watching.tracks()).toEqual(expected.sort());
  });
});
