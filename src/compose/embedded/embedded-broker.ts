import type { Broker } from '../../core/engine/broker.ts';
import { runJob, type RunOptions, type RunRequest } from './run-job.ts';
import type { RunResult } from './run-result.ts';

/** The broker of a program: everything of `Broker`, and `run` from a request to its result. */
export interface EmbeddedBroker extends Broker {
  /**
   * Submits, waits for the end, and returns the result, computed now or earlier. Throws CabError with the code of a job that
   * failed, and what `submit` throws. If the signal is aborted, cancels the job and throws the signal's reason.
   */
  run(request: RunRequest, options?: RunOptions): Promise<RunResult>;
  /** Calls `close`: `await using broker = await openBroker()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export const embedded = (broker: Broker): EmbeddedBroker => ({
  ...broker,
  run: (request, options) => runJob(broker, request, options),
  [Symbol.asyncDispose]: () => broker.close(),
});
