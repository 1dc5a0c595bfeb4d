import { setMaxListeners } from 'node:events';
import { killAllTrees } from '../support/process/process-tree.ts';
import { errnoOf } from '../core/model/errors.ts';

/** A write to a terminal that is gone: nobody is left to read, and the signal that tells of it may come later. */
export const isOfClosedTerminal = (error: Error): boolean =>
  errnoOf(error) === 'EIO' &&
  'syscall' in error &&
  error.syscall === 'write' &&
  (process.stdout.isTTY || process.stderr.isTTY);

/** Thrown where Ctrl-C, or a reader of stdout that went away, ended the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The terminal was closed: nobody has said what is to become of the jobs. */
export class HungUp extends Interrupted {}

/** The reason of the signal once stdout's reader has gone: there is no one left to tell. */
export class OutputClosed extends Interrupted {}

/**
 * A signal that the first SIGINT, SIGTERM or SIGHUP aborts; a further SIGINT or SIGTERM kills what runners started, and ends
 * the process. A terminal that is
 * closed sends SIGHUP, a shell sends it once more, and before either a write may have failed: all that is one interruption.
 */
export function interruptible(exit: (code: number) => void): () => AbortSignal {
  let controller: AbortController | undefined;
  const start = (): AbortController => {
    const made = new AbortController();
    // Each job that is waited for listens.
    setMaxListeners(0, made.signal);
    const stop = (): void => {
      if (made.signal.aborted) {
        killAllTrees();
        exit(130);
      }
      made.abort(new Interrupted('interrupted'));
    };
    const hangUp = (): void => made.abort(new HungUp('the terminal was closed'));
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', hangUp);
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') made.abort(new OutputClosed('stdout was closed'));
    });
    process.on('uncaughtException', (error) => {
      if (isOfClosedTerminal(error)) made.abort(new OutputClosed('the terminal was closed'));
    });
    return made;
  };
  return () => (controller ??= start()).signal;
}

/** Never resolves. Rejects with the signal's reason. */
export const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
