import type { LocalBroker } from '../core/engine/local-broker.ts';
import { aborted } from '../support/time/aborted.ts';
import { pause } from '../support/time/pause.ts';
import { brokerOnRoot, openSharedRoot, type BrokerOnRootOptions } from './stores/broker-on-root.ts';
import { resultsOf } from './stores/results-of.ts';
import { publishing } from './threads/publishing-thread.ts';

/** When a worker ends by itself. */
export interface WorkLimits {
  /** It ends when nothing is due. */
  readonly drains: boolean;
  /** It ends when it has had nothing to do for so long; undefined: never for that. Milliseconds. */
  readonly idleExitMs: number | undefined;
}

/**
 * Runs the jobs of a queue, without a surface of its own, until a limit is reached or the signal is aborted. Jobs that run then
 * have the grace to end, and go back to the queue.
 */
export async function workOn(
  options: Omit<BrokerOnRootOptions, 'work' | 'readOnly'>,
  limits: WorkLimits,
  signal: AbortSignal,
): Promise<void> {
  const opened = openSharedRoot(options, await resultsOf(options));
  const broker = brokerOnRoot(
    {
      ...options,
      ...publishing(options),
      work: 'all',
    },
    opened,
  );
  try {
    await broker.start();
    await Promise.race([reached(broker, options, limits, signal), aborted(signal)]);
  } finally {
    await broker.close();
  }
}

async function reached(
  broker: LocalBroker,
  { mostJobs = Infinity }: Pick<BrokerOnRootOptions, 'mostJobs'>,
  { drains, idleExitMs }: WorkLimits,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await broker.idle();
    const begun = await broker.begun();
    if (drains || begun >= mostJobs) return;
    // Looks again where it is never idle for too long: a job that comes makes it work before that.
    if (!(await pause(idleExitMs ?? 60_000, signal))) return;
    if (idleExitMs !== undefined && (await broker.begun()) === begun) return;
  }
}
