import { isCabError, type CabError } from '../../model/errors.ts';
import type { RunningJob } from '../../model/job/job.ts';
import type { ClaimScope } from '../../ports/jobs/job-queue.ts';
import type { InputStore } from '../../ports/input-store.ts';
import type { Logger } from '../../../support/logger.ts';

interface MissingRunnersOptions {
  readonly scope: ClaimScope;
  readonly inputs: Pick<InputStore, 'isShared'>;
  readonly logger: Logger;
}

/**
 * Runners that other machines of the queue have and this one has not. Their jobs go back to the queue as if they had not been
 * claimed, and are not claimed again by this process. A command that waits for its own job is told that it failed.
 */
export class MissingRunners {
  readonly #options: MissingRunnersOptions;
  readonly #missing = new Set<string>();

  constructor(options: MissingRunnersOptions) {
    this.#options = options;
  }

  /** The scope without their jobs. */
  scope(): ClaimScope {
    const { scope } = this.#options;
    return this.#missing.size === 0 ? scope : { ...scope, without: [...this.#missing] };
  }

  /** Whether the job is for another machine. @param error what its attempt ended with */
  note({ id, spec: { runner } }: RunningJob, error: CabError): boolean {
    const { scope, inputs, logger } = this.#options;
    if (!inputs.isShared || scope.reach !== 'all' || !isCabError(error, 'runner_not_found'))
      return false;
    if (!this.#missing.has(runner))
      logger.warn(
        { job: id, runner, reason: error.message },
        'this machine does not have a runner; its jobs are left to others',
      );
    this.#missing.add(runner);
    return true;
  }
}
