import type { Broker } from '../../core/engine/broker.ts';
import { runJob, type RunOptions, type RunRequest } from './run-job.ts';
import type { RunResult } from './run-result.ts';

/** The broker of a program: what every broker promises, and the short way from a request to its result. */
export interface EmbeddedBroker extends Broker {
  /**
   * Submits, waits for the end, and gives what was made; computed now, or there already. Throws CabError with the code of a job that
   * failed, and what `submit` throws. If the signal is aborted the job is canceled, and its reason is thrown.
   */
  run(request: RunRequest, options?: RunOptions): Promise<RunResult>;
  /** As `close`: `await using broker = await openBroker()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export const embedded = (broker: Broker): EmbeddedBroker => ({
  ...broker,
  run: (request, options) => runJob(broker, request, options),
  [Symbol.asyncDispose]: () => broker.close(),
});
