import { join } from 'node:path';
import type { DeadAttempts, IsLive, SweptLeftovers } from '../../core/ports/dead-attempts.ts';
import { namesIn } from '../../support/files/names-in.ts';
import { removeTree } from '../../support/files/remove-tree.ts';
import type { TellStuck } from '../../support/files/stuck.ts';
import { sweepTemporary } from '../../support/files/temporary.ts';
import { endLeftoverProcess } from '../../support/process/leftover-process.ts';
import type { Layout } from './layout.ts';
import { attemptNamed, sweepStaging } from './staging.ts';

/** In `.cab/staging` and `.cab/tmp`; the notes `<job>-<attempt>.pid` name processes. */
export class FsDeadAttempts implements DeadAttempts {
  readonly #layout: Layout;
  readonly #tell: TellStuck;

  constructor(layout: Layout, tell: TellStuck) {
    this.#layout = layout;
    this.#tell = tell;
  }

  endProcesses(job_id: string, attempt: number): Promise<void> {
    return this.#endNamed(`${job_id}-${attempt}.pid`);
  }

  async sweep(isLive: IsLive): Promise<SweptLeftovers> {
    for (const note of await this.#dead(isLive, '.pid')) await this.#endNamed(note);
    const staging = await sweepStaging(this.#layout.staging, this.#tell, isLive);
    return { staging, temporary: await sweepTemporary(this.#layout, this.#tell) };
  }

  list(isLive: IsLive): Promise<readonly string[]> {
    return this.#dead(isLive, 'directory');
  }

  async #dead(isLive: IsLive, kind: '.pid' | 'directory'): Promise<string[]> {
    const dead: string[] = [];
    for (const name of await namesIn(this.#layout.staging)) {
      const named = attemptNamed(name);
      if (named === undefined || (named.suffix === '.pid') !== (kind === '.pid')) continue;
      if (!(await isLive(named.job_id, named.attempt))) dead.push(name);
    }
    return dead;
  }

  async #endNamed(note: string): Promise<void> {
    const file = join(this.#layout.staging, note);
    await endLeftoverProcess(file);
    const stuck = await removeTree(file);
    if (stuck !== undefined) this.#tell(stuck);
  }
}
