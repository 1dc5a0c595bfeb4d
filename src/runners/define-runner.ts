import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { defaultKillGraceMs } from '../core/engine/process-tree.ts';
import type { Runner, RunnerCall, RunnerContext, RunnerResult } from '../core/engine/runner.ts';
import { isCabError } from '../core/errors.ts';
import { callWithNumbers, refuseLostIntegers } from './call-arguments.ts';
import { OutputTail } from './output-tail.ts';
import { runnerAnswer } from './runner-answer.ts';
import { runnerError } from './runner-failure.ts';
import { plainRunner } from './runner-options.ts';

/** The parts of a runner that only its author knows; anything else of `Runner` may be given too. */
export interface RunnerDefinition extends Partial<Omit<Runner, 'identify' | 'run'>> {
  readonly name: string;
  /** To be changed whenever the results may change: it is part of every key. */
  readonly version: string;
  /** Writes the artifact to `call.artifact_path` and answers nothing, or answers where it is. */
  run(call: RunnerCall, context: RunnerContext): Promise<Partial<RunnerResult> | undefined>;
}

/** A runner for embedding: an object in the caller's own process. Exceptions become `runner_failed`. */
export function defineRunner(definition: RunnerDefinition): Runner {
  const { name, version } = definition;
  return {
    ...plainRunner,
    close: async () => {},
    ...definition,
    async accept(input) {
      refuseLostIntegers(input);
      await definition.accept?.(input);
    },
    identify: async () => ({ name, version, artifactSchema: null, manifestSchema: null }),
    async run(call, context) {
      const { signal } = context;
      const tail = new OutputTail(context.log);
      signal.throwIfAborted();
      const log: RunnerContext['log'] = (stream, text) => tail.write(stream, text);
      try {
        const running = definition.run(callWithNumbers(call), { ...context, log });
        return runnerAnswer(name, call, await untilAborted(running, signal));
      } catch (error) {
        signal.throwIfAborted();
        throw isCabError(error) ? error : failure(name, error, tail);
      }
    },
  };
}

/** Nothing can end code of this very process: what does not heed the signal is left behind after the grace. */
async function untilAborted<T>(running: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const ended = new AbortController();
  const graceOver = once(signal, 'abort', { signal: ended.signal }).then(
    () => sleep(defaultKillGraceMs, undefined, { ref: false }),
    () => undefined,
  );
  try {
    return await Promise.race([running, graceOver]);
  } finally {
    ended.abort();
    signal.throwIfAborted();
  }
}

function failure(name: string, thrown: unknown, tail: OutputTail) {
  const isError = thrown instanceof Error;
  const message = isError ? thrown.message || thrown.name : `threw ${inspect(thrown)}`;
  const exception = isError ? thrown.name : typeof thrown;
  const stack = inspect(thrown);
  return runnerError(name, { code: 'runner_failed', message, exception, stack }, tail.lines());
}
