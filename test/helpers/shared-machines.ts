/** Commands of several machines, each with a root of its own, on a queue and a bucket that they share. */
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { cab, type Ended } from './cab.ts';
import { freshQueue, type FreshQueue } from './postgres.ts';
import { freshStore, s3Env } from './s3.ts';
import { tempDir } from './temp-dir.ts';

/** Fresh for each test of the suite in which it is made. */
export class SharedMachines {
  dir = '';
  env: Readonly<Record<string, string>> = {};
  #queue: FreshQueue | undefined;

  constructor() {
    beforeEach(async () => {
      this.dir = await tempDir();
      this.#queue = freshQueue();
      const { url } = await freshStore();
      const runs = join(this.dir, 'runs');
      this.env = { ...s3Env, CAB_STORE: url, CAB_QUEUE: this.#queue.url, RUNS: runs };
    });
    afterEach(() => this.#queue?.remove());
  }

  readonly path = (...names: readonly string[]): string => join(this.dir, ...names);

  /** The environment of the machine of this name. */
  readonly envOf = (machine: string): Readonly<Record<string, string>> => ({
    ...this.env,
    CAB_CAS_ROOT: this.path(machine),
  });

  /** A command on the machine of this name. */
  readonly on = (machine: string, words: readonly string[], more = {}): Promise<Ended> =>
    cab(words, { cwd: this.dir, env: { ...this.envOf(machine), ...more } });

  /** Jobs, by their state. */
  readonly counts = async (): Promise<Record<string, number>> => {
    const { stdout } = await this.on('any', ['status', '--json']);
    return (JSON.parse(stdout) as { counts: Record<string, number> }).counts;
  };
}
