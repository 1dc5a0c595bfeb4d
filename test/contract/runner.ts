import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { CabError } from '../../src/core/model/errors.ts';
import { processNote } from '../../src/support/process/leftover-process.ts';
import { processStart } from '../../src/support/process/process-tree.ts';
import type { Runner, RunnerCall, RunnerProgress } from '../../src/core/ports/runner.ts';
import type { JsonObject } from '../../src/core/model/job/job.ts';

export interface RunnerTraits {
  /** Facts in the details of a failure that was asked for. */
  readonly failure: Readonly<Record<string, unknown>>;
  /** Text of the details' stack, where there is one. */
  readonly stack?: string;
  readonly reportsProgress: boolean;
  /**
   * Names of the processes that a hanging call starts, each of which ignores SIGTERM. `stranger` leaves the process group,
   * `unmarked` also has an empty environment. Empty where nothing it starts can be known, as code of this very process.
   */
  readonly starts: readonly string[];
}

/**
 * What every runner promises. `make` gives a runner that behaves as `runner_kwargs.behave` asks, as
 * test/fixtures/runners/behave.mjs does; its kill grace is to be short.
 */
export function describeRunner(name: string, traits: RunnerTraits, make: () => Runner): void {
  describe(`runner: ${name}`, () => {
    let root: string;
    let runner: Runner;

    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'cab-runner-'));
      runner = make();
    });
    afterEach(async () => {
      await runner.close();
      await rm(root, { recursive: true, force: true });
    });

    it('identifies itself without a path of this machine, and twice the same', async () => {
      const identity = await runner.identify();
      expect(identity.name).not.toMatch(/(^|[\s=:])\//);
      expect(identity.version).not.toBe('');
      expect(await runner.identify()).toEqual(identity);
    });

    it('serves calls after it was prepared', async () => {
      await runner.prepare?.();
      const { call, context } = await newCall(root);
      await expect(runner.run(call, context)).resolves.toBeDefined();
    });

    it('writes an artifact, without a manifest', async () => {
      const { call, context } = await newCall(root);
      const result = await runner.run(call, context);
      expect(await readFile(result.artifact, 'utf8')).toBe('夜に駆ける "$(id)"');
      expect(result.manifest).toBeNull();
    });

    it('hands over its own manifest', async () => {
      const { call, context } = await newCall(root, { behave: 'manifest' });
      const result = await runner.run(call, context);
      expect(await readFile(result.manifest ?? '', 'utf8')).toBe('{}');
    });

    it('leaves a further file beside the artifact, and no file of cab', async () => {
      const { call, context } = await newCall(root, { behave: 'extra' });
      const { artifact } = await runner.run(call, context);
      const name = artifact.slice(dirname(artifact).length + 1);
      expect((await readdir(dirname(artifact))).sort()).toEqual([name, 'extra.txt'].sort());
    });

    it('passes on all that it writes before it answers', async () => {
      const { call, context, said } = await newCall(root);
      await runner.run(call, context);
      expect(said.stdout).toContain('said on stdout\n');
      expect(said.stderr).toContain('said on stderr\n');
    });

    it.runIf(traits.reportsProgress)('reports progress', async () => {
      const { call, context, progress } = await newCall(root);
      await runner.run(call, context);
      expect(progress).toContainEqual({ fraction: 0.5, message: 'half' });
    });

    it('fails with its name, the facts and the last 20 lines, and serves the next call', async () => {
      const { call, context } = await newCall(root, { behave: 'fail' });
      const error = await rejection(runner.run(call, context));
      const { name: ownName } = await runner.identify();
      expect(error).toMatchObject({
        code: 'runner_failed',
        details: { runner: ownName, ...traits.failure },
      });
      expect(error.message).toContain(ownName);
      expect(error.details['last_lines']).toHaveLength(20);
      expect(error.details['last_lines']).toContain('line 30');
      if (traits.stack) expect(error.details['stack']).toContain(traits.stack);
      const next = await newCall(root);
      await expect(runner.run(next.call, next.context)).resolves.toBeDefined();
    });

    it('runs two calls at once', async () => {
      const meeting = { behave: 'meet', meeting: root };
      const one = await newCall(root, { ...meeting, me: 'one', other: 'two' });
      const two = await newCall(root, { ...meeting, me: 'two', other: 'one' });
      // Each ends only once the other has begun.
      const runs = [runner.run(one.call, one.context), runner.run(two.call, two.context)];
      expect(await Promise.all(runs)).toHaveLength(2);
    });

    it('does not start a call that was canceled before', async () => {
      const { call, context, stop } = await newCall(root, { behave: 'hang', meeting: root });
      const reason = stop('canceled');
      expect(await rejection(runner.run(call, context))).toBe(reason);
    });

    for (const code of ['canceled', 'timeout'] as const)
      it(`ends with all that it started when it is aborted (${code}), and serves the next call`, async () => {
        const { call, context, stop } = await newCall(root, { behave: 'hang', meeting: root });
        const running = rejection(runner.run(call, context));
        const started = await allStarted(root, traits.starts);
        if (started.length > 0) expect(existsSync(processNote(call.out_root))).toBe(true);
        const reason = stop(code);
        expect(await running).toBe(reason);
        expect(started.filter(isRunning)).toEqual([]);
        expect(existsSync(processNote(call.out_root))).toBe(false);
        const next = await newCall(root);
        await expect(runner.run(next.call, next.context)).resolves.toBeDefined();
      });

    it.runIf(traits.starts.length > 0)('leaves nothing running after close', async () => {
      const { call, context } = await newCall(root, { behave: 'hang', meeting: root });
      const running = rejection(runner.run(call, context));
      const started = await allStarted(root, traits.starts);
      await runner.close();
      await runner.close();
      expect(started.filter(isRunning)).toEqual([]);
      expect(await running).toMatchObject({ code: 'runner_failed' });
    });
  });
}

/** A call with a staging directory of its own under `root`, and what a worker would lend to it. */
export async function newCall(root: string, runner_kwargs: JsonObject = {}) {
  const out_root = join(root, randomUUID());
  const entry = join(out_root, 'echo', 'c0', 's0');
  await mkdir(entry, { recursive: true });
  const call: RunnerCall = {
    ...{ features_path: join(root, 'in put.json'), out_root, run_id: 'r1' },
    ...{ track_id: '夜に駆ける "$(id)"', source_hash: 's0', config_hash: 'c0' },
    ...{ db_path: null, db_hash: null, probe_kwargs: { top_k: 3 }, runner_kwargs },
    artifact_path: join(entry, 'artifact.json'),
    manifest_path: join(entry, 'manifest.json'),
  };
  const controller = new AbortController();
  const said = { stdout: '', stderr: '' };
  const progress: RunnerProgress[] = [];
  const stop = (code: 'canceled' | 'timeout') => {
    const reason = new CabError(code, `job was ${code}`);
    controller.abort(reason);
    return reason;
  };
  // A test that fails must not leave a runner hanging.
  onTestFinished(() => {
    controller.abort();
  });
  const context = {
    signal: controller.signal,
    log: (stream: 'stdout' | 'stderr', text: string) => {
      said[stream] += text;
    },
    progress: (step: RunnerProgress) => {
      progress.push(step);
    },
  };
  return { call, context, said, progress, stop };
}

export async function rejection(promise: Promise<unknown>): Promise<CabError> {
  const outcome = await promise.then(
    () => new Error('expected a rejection'),
    (error: unknown) => error,
  );
  if (outcome instanceof CabError) return outcome;
  throw outcome;
}

export const isRunning = (pid: number): boolean => processStart(pid) !== null;

/** Polls until there is a value. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const until = performance.now() + 30_000;
  while (performance.now() < until) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(10);
  }
  throw new Error('it did not come about within 30 s');
}

/** Pids of the processes that a hanging runner started. */
const allStarted = (root: string, names: readonly string[]): Promise<number[]> =>
  Promise.all(names.map((name) => pidIn(join(root, name))));

export const pidIn = (file: string): Promise<number> =>
  eventually(async () => {
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    return text.endsWith('\n') ? Number(text) : undefined;
  });
