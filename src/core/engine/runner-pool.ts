import { CabError } from '../model/errors.ts';
import { objectOf, objectSpec } from '../model/runner/runner-object.ts';
import type { Runner } from '../ports/runner.ts';

/** Makes a runner from a spec that any process understands. Throws runner_not_found. */
export type ResolveRunner = (spec: string) => Runner;

/** The runners of one broker. Each is made once, at its first use, and kept warm until `close`. */
export class RunnerPool {
  readonly #runners = new Map<string, Runner>();
  readonly #resolve: ResolveRunner;
  /** Names of the runner objects that only this process holds. */
  readonly objects: readonly string[];

  constructor(resolve: ResolveRunner, objects: Readonly<Record<string, Runner>> = {}) {
    this.#resolve = resolve;
    this.objects = Object.keys(objects);
    for (const [name, runner] of Object.entries(objects))
      this.#runners.set(objectSpec(name), runner);
  }

  get(spec: string): Runner {
    let runner = this.#runners.get(spec);
    if (runner === undefined) {
      if (objectOf(spec) !== null)
        throw new CabError('runner_not_found', `${spec} lives in another process`, {
          details: { field: 'object' },
        });
      runner = this.#resolve(spec);
      if (runner.isForOneJob !== true) this.#runners.set(spec, runner);
    }
    return runner;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
  }
}
