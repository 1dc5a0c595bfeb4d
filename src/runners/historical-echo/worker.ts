/** The thread in which probes are computed, one at a time; spines stay warm between them. */
import { parentPort } from 'node:worker_threads';
import type { RunnerCall } from '../../core/ports/runner.ts';
import { compute } from './compute.ts';
import { SpineCache } from './spine/spine-cache.ts';
import { type ThreadMessage, failureOf } from './thread-messages.ts';

const spines = new SpineCache();
const answer = (message: ThreadMessage): void => parentPort?.postMessage(message);

const listener = {
  loading: (path: string, rows: number) => answer({ type: 'loading', path, rows }),
  loaded: (path: string, rows: number) => answer({ type: 'loaded', path, rows }),
};

parentPort?.on('message', (call: RunnerCall) => {
  try {
    answer({ type: 'done', result: compute(call, spines, listener) });
  } catch (error) {
    answer({ type: 'failed', failure: failureOf(error) });
  }
});
