import type { OutputStream, RunnerContext, RunnerProgress } from '../core/ports/runner.ts';

/** The second argument of a module's export, and of the `run` of `defineRunner`. */
export interface AuthorContext {
  /** Aborted on cancel and on timeout. */
  readonly signal: AbortSignal;
  /** Writes a line to the log of the job. */
  readonly log: Log;
  /** Shows progress: `fraction` from 0 to 1, or null if it is unknown. */
  readonly progress: Progress;
}

export interface Log {
  (text: string, stream?: OutputStream): void;
  /** @deprecated Pass the text first. This form writes the text unchanged, without an end of line. */
  (stream: OutputStream, text: string): void;
}

export interface Progress {
  (fraction: number | null, message?: string): void;
  /** @deprecated `progress(fraction, message)` */
  (progress: Partial<RunnerProgress>): void;
}

export function authorContext({ signal, log, progress }: RunnerContext): AuthorContext {
  return {
    signal,
    log: (first: string, second?: string) => {
      if (isStream(first) && second !== undefined && !isStream(second)) log(first, second);
      else log(second === 'stderr' ? 'stderr' : 'stdout', `${first}\n`);
    },
    progress: (given: number | null | Partial<RunnerProgress>, message?: string) => {
      const { fraction, message: text } =
        typeof given === 'object' && given !== null ? given : { fraction: given, message };
      progress({ fraction: fraction ?? null, message: text ?? null });
    },
  };
}

const isStream = (text: string): text is OutputStream => text === 'stdout' || text === 'stderr';
