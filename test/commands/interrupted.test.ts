import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { HungUp, Interrupted } from '../../src/cli/interruption.ts';
import { runCommand, type Ran, type Surroundings } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

let cwd: string;
let runner: ScriptedRunner;

beforeEach(async () => {
  cwd = await tempDir();
  runner = new ScriptedRunner();
  await writeFile(join(cwd, 'a.json'), '{"a":1}');
  await writeFile(join(cwd, 'b.json'), '{"b":1}');
});

const cab = (line: string, more: Partial<Surroundings> = {}): Promise<Ran> =>
  runCommand(line.split(' '), { cwd, runner, ...more });
const countsSchema = z.tuple([z.object({ counts: z.record(z.string(), z.number()) })]);

describe('cab submit that is interrupted', () => {
  /** Submits both files; one runs and the other is in the queue, whichever was accepted first. */
  const submitBoth = async (flags: string) => {
    const stop = new AbortController();
    let ids = '';
    const running = cab(`submit a.json b.json --concurrency 1 ${flags}`.trim(), {
      signal: stop.signal,
      onStdout: (text) => (ids = text),
    });
    await until(() => runner.seen.length === 1 && ids.trim().split('\n').length === 2);
    return { stop, running };
  };

  const interrupted = async (flags: string, reason: Interrupted) => {
    runner.behave = runner.untilAborted;
    const { stop, running } = await submitBoth(`--kill-grace 10ms ${flags}`);
    stop.abort(reason);
    const { code, stderr } = await running;
    const [{ counts }] = countsSchema.parse((await cab('status --json')).json);
    return { code, stderr, counts };
  };

  it('cancels what it submitted', async () => {
    expect(await interrupted('', new Interrupted('interrupted'))).toMatchObject({
      code: 130,
      stderr:
        'interrupted: canceling 2 jobs (Ctrl-C again to kill what runs and leave)\n2 jobs canceled\n',
      counts: { canceled: 2, pending: 0, running: 0 },
    });
  });

  it.each([
    ['--keep', new Interrupted('interrupted')],
    ['', new HungUp('the terminal was closed')],
  ])('leaves it in the queue with %j and %s', async (flags, reason) => {
    expect(await interrupted(flags, reason)).toMatchObject({
      code: 130,
      stderr:
        'interrupted\n2 jobs left in the queue, for a daemon (cab serve) or a command with --adopt\n',
      counts: { pending: 2, running: 0 },
    });
  });

  it('says of each job what became of it', async () => {
    const gate = runner.hold();
    const { stop, running } = await submitBoth('--keep');
    stop.abort(new Interrupted('interrupted'));
    gate.open();
    const { stderr } = await running;
    const [done, left] = runner.seen[0] === '{"a":1}' ? ['a', 'b'] : ['b', 'a'];
    expect(stderr).toMatch(new RegExp(`^\\S+ {2}${done}\\.json: done$`, 'm'));
    expect(stderr).toMatch(
      new RegExp(`^\\S+ {2}${left}\\.json: left in the queue, for a daemon`, 'm'),
    );
    expect(stderr).toContain('\n1 job done\n1 job left in the queue');
  });
});

it('prints the id at once with --wait --enqueue, and the end when it has come', async () => {
  const stop = new AbortController();
  const ids: string[] = [];
  const waiting = cab('submit a.json --wait --enqueue', {
    signal: stop.signal,
    onStdout: (text) => ids.push(text.trim()),
  });
  await until(() => ids.length === 1);
  await cab(`cancel ${ids[0] ?? ''}`);
  expect((await waiting).stdout).toBe(`${ids[0] ?? ''}\n${ids[0] ?? ''}  canceled  -\n`);
});
