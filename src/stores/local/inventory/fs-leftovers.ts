import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import type { Unreadable } from '../../../core/ports/maintenance/entry-inventory.ts';
import type { JobStore } from '../../../core/ports/jobs/job-store.ts';
import type { Leftovers, LogInventory } from '../../../core/ports/maintenance/leftovers.ts';
import type { SweptLeftovers } from '../../../core/ports/workspace.ts';
import type { TellStays } from '../../../core/ports/maintenance/trash.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { explained, type TellStuck } from '../../../support/files/stuck.ts';
import { leftTemporary } from '../../../support/files/temporary.ts';
import { noteIn } from '../evidence-note.ts';
import { placeIn, type Layout } from '../layout.ts';
import { removed } from './fs-kept-inputs.ts';
import { pagesOf } from '../../../support/pages.ts';
import { unreadableAt } from './walk.ts';

/** Knows which attempts run. */
export interface AttemptSweep {
  /** Names in staging whose attempts do not run. */
  dead(store: JobStore): Promise<readonly string[]>;
  sweep(store: JobStore, tell: TellStuck): Promise<SweptLeftovers>;
}

/** Lists and sweeps what dead attempts and interrupted writes left, and counts the evidence in quarantine. */
export class FsLeftovers implements Leftovers {
  readonly #layout: Layout;
  readonly #sweep: AttemptSweep;

  constructor(layout: Layout, sweep: AttemptSweep) {
    this.#layout = layout;
    this.#sweep = sweep;
  }

  attempts(store: JobStore | undefined): Promise<readonly string[] | Unreadable> {
    const { staging } = this.#layout;
    return this.#unlessUnreadable(staging, async () => {
      const dead = store === undefined ? await namesIn(staging) : await this.#sweep.dead(store);
      return dead.map((name) => placeIn(this.#layout, join(staging, name)));
    });
  }

  unfinished(): Promise<readonly string[] | Unreadable> {
    return this.#unlessUnreadable(this.#layout.temporary, async () =>
      (await leftTemporary(this.#layout)).map((path) => placeIn(this.#layout, path)),
    );
  }

  sweep(store: JobStore, tell: TellStays): Promise<SweptLeftovers> {
    return this.#sweep.sweep(store, (stuck) => tell(explained(stuck)));
  }

  async isThere(place: string): Promise<boolean> {
    return lstatSync(join(this.#layout.root, place), { throwIfNoEntry: false }) !== undefined;
  }

  evidence(): Promise<{ count: number; where: string } | Unreadable> {
    const { quarantine } = this.#layout;
    return this.#unlessUnreadable(quarantine, async () => ({
      count: evidenceIn(await namesIn(quarantine)).length,
      where: quarantine,
    }));
  }

  async #unlessUnreadable<T>(path: string, look: () => Promise<T>): Promise<T | Unreadable> {
    try {
      return await look();
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined || !/^E[A-Z]+$/.test(errno)) throw error;
      return unreadableAt(this.#layout, path, errno);
    }
  }
}

function evidenceIn(names: readonly string[]): string[] {
  const isNote = noteIn(names);
  return names.filter((name) => !isNote(name));
}

/** The logs of jobs: `.cab/logs/<job>.log`. */
export class FsLogInventory implements LogInventory {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async *ids(): AsyncGenerator<readonly string[]> {
    for await (const names of pagesOf(await namesIn(this.#layout.logs)))
      yield names.flatMap((name) => /^(.+)\.log$/.exec(name)?.[1] ?? []);
  }

  async remove(job_id: string, tell: TellStays): Promise<boolean> {
    const stuck = removed(join(this.#layout.logs, `${job_id}.log`));
    if (stuck !== undefined) tell(explained(stuck));
    return stuck === undefined;
  }
}
