import { PathStamps } from '../../hashing/path-stamps.ts';
import type { Runner } from '../../ports/runner.ts';
import { OncePerTurn } from '../../../support/once-per-turn.ts';

/** Stamps of what many runs read: the code of a runner, and a database. Runs that ask in one turn share one look. */
export class SharedStamps {
  readonly #code = new OncePerTurn((runner: Runner) => new PathStamps(runner.codeFiles?.() ?? []));
  readonly #named = new OncePerTurn((path: string) => new PathStamps([path]));
  readonly #kept = new OncePerTurn((path: string) => new PathStamps([], [path]));

  /** Of the files that its latest `identify` read. */
  code(runner: Runner): Promise<PathStamps> {
    return this.#code.ask(runner);
  }

  /** @param isKept as `PathStamps` */
  database(path: string, isKept: boolean): Promise<PathStamps> {
    return (isKept ? this.#kept : this.#named).ask(path);
  }
}
