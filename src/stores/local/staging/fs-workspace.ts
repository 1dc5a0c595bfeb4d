import { closeSync, openSync, statSync, unlinkSync, type Stats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Arrival,
  Gathering,
  IsLive,
  RunOutput,
  StagedEntry,
  Staging,
  SweptLeftovers,
  Workspace,
} from '../../../core/ports/workspace.ts';
import { ownName } from '../../../support/files/idle-place.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { removeTree } from '../../../support/files/remove-tree.ts';
import type { TellStuck } from '../../../support/files/stuck.ts';
import { sweepTemporary } from '../../../support/files/temporary.ts';
import { endLeftoverProcess } from '../../../support/process/leftover-process.ts';
import type { Layout } from '../layout.ts';
import { FsGathering } from './gathering.ts';
import { ReturnedGathering } from './returned-gathering.ts';
import { attemptNamed, StagingArea, sweepStaging } from './staging.ts';

/** `stat` of a file of this process: it shows the umask, and the group of what is made here. */
function madeIn(dir: string): Stats {
  const file = join(dir, ownName('arriving'));
  closeSync(openSync(file, 'wx', 0o666));
  try {
    return statSync(file);
  } finally {
    unlinkSync(file);
  }
}

/**
 * The workspace on disk: `.cab/staging` and `.cab/tmp`, on the file system of the entries. The notes
 * `<job>-<attempt>.pid` name the processes of an attempt.
 */
export class FsWorkspace implements Workspace {
  readonly #layout: Layout;
  readonly #tell: TellStuck;
  readonly #staging: StagingArea;
  #made: Stats | undefined;

  constructor(layout: Layout, tell: TellStuck) {
    this.#layout = layout;
    this.#tell = tell;
    this.#staging = new StagingArea(layout.staging, tell);
  }

  stage(job_id: string, attempt: number, isLazy = false): Promise<Staging> {
    return guarded(`staging of job ${job_id}`, () => this.#staging.stage(job_id, attempt, isLazy));
  }

  async gather(output: RunOutput): Promise<Gathering> {
    const madeHere = () => (this.#made ??= madeIn(this.#layout.staging));
    return output.returned === undefined
      ? new FsGathering(output, madeHere)
      : new ReturnedGathering(output, output.returned, madeHere);
  }

  /** Loaded when it is used: most processes have no upstream and take no entries. */
  async arrive(): Promise<Arrival> {
    const { FsArrival } = await import('./fs-arrival.ts');
    return FsArrival.make(this.#layout.staging, this.#tell);
  }

  readStaged({ dir, artifact }: StagedEntry): Promise<Uint8Array> {
    return readFile(join(dir, artifact));
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

  close(): Promise<void> {
    return this.#staging.close();
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
