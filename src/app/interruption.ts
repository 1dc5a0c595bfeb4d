import { setMaxListeners } from 'node:events';

/** Thrown where Ctrl-C, or a reader of stdout that went away, ended the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The reason of the signal once stdout's reader has gone: there is no one left to tell. */
export class OutputClosed extends Interrupted {}

/** A signal that the first SIGINT, SIGTERM or SIGHUP (a terminal that is closed) aborts; the second ends the process. */
export function interruptible(exit: (code: number) => void): () => AbortSignal {
  let controller: AbortController | undefined;
  const start = (): AbortController => {
    const made = new AbortController();
    // Each job that is waited for listens.
    setMaxListeners(0, made.signal);
    const stop = (): void => {
      if (made.signal.aborted) exit(130);
      made.abort(new Interrupted('interrupted'));
    };
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') made.abort(new OutputClosed('stdout was closed'));
    });
    return made;
  };
  return () => (controller ??= start()).signal;
}
