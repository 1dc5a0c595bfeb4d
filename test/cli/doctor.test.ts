import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { examine } from '../../src/cli/doctor/index.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { alone, Pace } from '../../src/support/time/pace.ts';
import type { StepProgress } from '../../src/core/model/report/step-progress.ts';
import { claimDaemon } from '../../src/daemon/daemon-file.ts';
import { traits } from '../http/server/daemon.ts';
import { newJob } from '../helpers/jobs.ts';
import { scriptedOptions } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { openQueue } from '../helpers/sqlite-queue.ts';
import { tempDir } from '../helpers/temp-dir.ts';

it('says how far it is with the jobs, and ends where it is told to', async () => {
  const root = await tempDir();
  const store = await openQueue(layoutOf(root).jobs);
  await store.submit(Array.from({ length: 1100 }, (_, n) => newJob(`j${n}`)));
  await store.close();
  const steps: StepProgress[] = [];
  const look = (signal?: AbortSignal): ReturnType<typeof examine> =>
    examine({
      options: { ...scriptedOptions(root, new ScriptedRunner()), cwd: root, python: 'python3' },
      fix: false,
      pace: new Pace({ ...alone, work: -1 }, signal),
      onProgress: (step) => {
        steps.push(step);
        if (step.done === 500) controller.abort(reason);
      },
    });

  const controller = new AbortController();
  const reason = new Error('enough');
  const findings = await look();
  expect(findings).toContainEqual(
    expect.objectContaining({ check: 'job store', message: expect.stringContaining('1100 jobs') }),
  );
  expect(steps.filter(({ step }) => step === 'reading jobs').map(({ done }) => done)).toEqual([
    500, 1000, 1100,
  ]);
  expect(steps.find(({ done }) => done > 0)?.total).toBe(1100);

  await expect(look(controller.signal)).rejects.toBe(reason);
});

it('mends nothing under a daemon that has the job store open, and does not listen', async () => {
  const root = await tempDir();
  const { jobs } = layoutOf(root);
  const claim = await claimDaemon(root, traits);
  await writeFile(jobs, 'no database');
  const findings = await examine({
    options: { ...scriptedOptions(root, new ScriptedRunner()), cwd: root, python: 'python3' },
    fix: true,
    pace: new Pace(alone, undefined),
    onProgress: () => undefined,
  });
  expect(findings).toContainEqual(
    expect.objectContaining({ check: 'job store', state: 'problem' }),
  );
  expect(await readFile(jobs, 'utf8')).toBe('no database');
  await claim.release();
});
