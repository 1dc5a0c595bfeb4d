import { setMaxListeners } from 'node:events';
import { killAllTrees } from '../support/process/process-tree.ts';
import { errnoOf } from '../core/model/errors.ts';

/** Error of a write to a closed terminal. The SIGHUP for it may come later. */
export const isOfClosedTerminal = (error: Error): boolean =>
  errnoOf(error) === 'EIO' &&
  'syscall' in error &&
  error.syscall === 'write' &&
  (process.stdout.isTTY || process.stderr.isTTY);

/** Thrown if Ctrl-C, or the end of stdout's reader, ended the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The terminal was closed. The user did not say what should happen to the jobs. */
export class HungUp extends Interrupted {}

/** Reason of the signal if stdout's reader is gone. There is nobody to report to. */
export class OutputClosed extends Interrupted {}

/**
 * A signal that the first SIGINT, SIGTERM or SIGHUP aborts. A further SIGINT or SIGTERM kills what runners started, and ends
 * the process. A closed terminal sends SIGHUP, the shell may send it again, and a write may have failed before: all of
 * this counts as one interruption.
 */
export function interruptible(exit: (code: number) => void): () => AbortSignal {
  let controller: AbortController | undefined;
  const start = (): AbortController => {
    const made = new AbortController();
    // Each job that is waited for adds a listener.
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
