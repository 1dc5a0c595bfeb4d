import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
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
} from '../../core/ports/workspace.ts';
import { removeTree } from '../../support/files/remove-tree.ts';
import type { TellStuck } from '../../support/files/stuck.ts';
import { endLeftoverProcess, processNote } from '../../support/process/leftover-process.ts';
import { PlainArrival } from './plain-arrival.ts';
import { gatheredDirectory, PlainGathering } from './plain-gathering.ts';

/** Attempts whose directories were not discarded, by directory name. Several workspaces may share the map. */
export type StagedAttempts = Map<string, { readonly job_id: string; readonly attempt: number }>;

/**
 * Gives each attempt its own directory on this machine, because runners need files even if the stores are in memory.
 * The list of attempts is kept in memory only, because no attempt outlives this process.
 */
export class MemoryWorkspace implements Workspace {
  readonly #home: string;
  readonly #staged: StagedAttempts;
  readonly #tell: TellStuck;

  /** @param home absolute; created with the first attempt */
  constructor(home: string, staged: StagedAttempts, tell: TellStuck) {
    this.#home = home;
    this.#staged = staged;
    this.#tell = tell;
  }

  async stage(job_id: string, attempt: number): Promise<Staging> {
    const name = `${job_id}-${attempt}`;
    const dir = this.#dirOf(name);
    await this.#remove(name);
    this.#staged.set(name, { job_id, attempt });
    const artifactDir = join(dir, 'entry');
    await mkdir(artifactDir, { recursive: true });
    const discard = async (): Promise<void> => {
      await this.#remove(name);
    };
    return { dir, artifactDir, discard };
  }

  gather(output: RunOutput): Promise<Gathering> {
    return output.returned === undefined
      ? PlainGathering.of(output)
      : PlainGathering.ofReturned(output, output.returned);
  }

  arrive(): Promise<Arrival> {
    return PlainArrival.make(this.#dirOf(`arriving.${randomUUID()}`), this.#tell);
  }

  readStaged({ dir, artifact }: StagedEntry): Promise<Uint8Array> {
    return readFile(join(dir, artifact));
  }

  async endProcesses(job_id: string, attempt: number): Promise<void> {
    await endLeftoverProcess(processNote(this.#dirOf(`${job_id}-${attempt}`)));
  }

  async sweep(isLive: IsLive): Promise<SweptLeftovers> {
    let staging = 0;
    for (const name of await this.list(isLive)) {
      await endLeftoverProcess(processNote(this.#dirOf(name)));
      if (await this.#remove(name)) staging += 1;
    }
    return { staging, temporary: 0 };
  }

  async list(isLive: IsLive): Promise<readonly string[]> {
    const dead: string[] = [];
    for (const [name, { job_id, attempt }] of [...this.#staged])
      if (!(await isLive(job_id, attempt))) dead.push(name);
    return dead;
  }

  async close(): Promise<void> {
    // No spare directory is kept.
  }

  /** False if something could not be removed. Then the name is kept, and a sweep tries again. */
  async #remove(name: string): Promise<boolean> {
    const dir = this.#dirOf(name);
    for (const path of [gatheredDirectory(dir), processNote(dir), dir]) {
      const stuck = await removeTree(path);
      if (stuck === undefined) continue;
      this.#tell(stuck);
      return false;
    }
    return this.#staged.delete(name);
  }

  #dirOf(name: string): string {
    return join(this.#home, name);
  }
}
