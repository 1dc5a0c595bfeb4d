import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeadAttempts } from '../../src/core/ports/dead-attempts.ts';
import type { Staging } from '../../src/core/ports/staging.ts';
import { noteProcess, processNote } from '../../src/support/process/leftover-process.ts';
import { processStart } from '../../src/support/process/process-tree.ts';

export interface DeadAttemptsFixture {
  readonly attempts: DeadAttempts;
  stage(job_id: string, attempt: number): Promise<Staging>;
}

export function describeDeadAttempts(name: string, make: () => Promise<DeadAttemptsFixture>): void {
  describe(`what attempts left in ${name}`, () => {
    let fixture: DeadAttemptsFixture;
    beforeEach(async () => {
      fixture = await make();
    });

    const isLive = async (id: string, attempt: number): Promise<boolean> =>
      id === 'live-job' && attempt === 2;

    it('is nothing at first', async () => {
      expect(await fixture.attempts.list(isLive)).toEqual([]);
      expect(await fixture.attempts.sweep(isLive)).toEqual({ staging: 0, temporary: 0 });
    });

    it('goes where the attempt is over, and stays where it is live', async () => {
      const live = await fixture.stage('live-job', 2);
      const over = await fixture.stage('over-job', 1);
      expect(await fixture.attempts.list(isLive)).toHaveLength(1);
      expect(await fixture.attempts.sweep(isLive)).toMatchObject({ staging: 1 });
      await expect(stat(over.dir)).rejects.toMatchObject({ code: 'ENOENT' });
      expect((await stat(live.dir)).isDirectory()).toBe(true);
      expect(await fixture.attempts.sweep(isLive)).toMatchObject({ staging: 0 });
    });

    it.each(['by a sweep', 'before the job runs again'])('is ended %s', async (when) => {
      const staging = await fixture.stage('over-job', 1);
      const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
      const ended = once(child, 'exit');
      const pid = child.pid ?? 0;
      noteProcess(processNote(staging.dir), { pid, started: processStart(pid), mark: 'none' });
      if (when === 'by a sweep') await fixture.attempts.sweep(isLive);
      else await fixture.attempts.endProcesses('over-job', 1);
      await ended;
      await fixture.attempts.endProcesses('over-job', 1);
    });
  });
}
