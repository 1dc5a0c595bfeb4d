import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import * as z from 'zod/mini';
import { defaultKillGraceMs } from '../support/process/process-tree.ts';
import type { Runner, RunnerCall, RunnerContext, RunnerResult } from '../core/ports/runner.ts';
import { CabError, isCabError, isError } from '../core/model/errors.ts';
import { issueOf } from '../core/model/json/issue.ts';
import { authorContext, type AuthorContext } from './author-context.ts';
import { callWithNumbers, refuseLostIntegers } from './call-arguments.ts';
import { OutputTail } from './process/output-tail.ts';
import { withPlaces } from './call-places.ts';
import { returnedAnswer } from './runner-answer.ts';
import { runnerError } from './runner-failure.ts';
import { plainRunner } from './runner-options.ts';

/** Paths on disk. A relative one starts from `out_root`. */
export interface AnsweredPaths {
  readonly artifact?: string;
  readonly manifest?: string | null;
}

/** The files themselves. Text as an artifact would be a path, so text is given as bytes. */
export interface AnsweredFiles {
  readonly artifact: Uint8Array | object;
  readonly manifest?: Uint8Array | object | null;
  readonly files?: Readonly<Record<string, Uint8Array | string | object>>;
}

export type RunnerAnswer = AnsweredPaths | AnsweredFiles;

/** The parts of a runner that only its author knows. Other members of `Runner` may be given too. */
export interface RunnerDefinition extends Partial<Omit<Runner, 'identify' | 'run'>> {
  readonly name: string;
  /** Part of every key. It must change whenever the results may change. */
  readonly version: string;
  /**
   * Writes the artifact to `call.artifact_path` and returns nothing, or returns the artifact's path, or the artifact itself: bytes,
   * or a value that becomes JSON. `files` are further files by their path within the entry.
   */
  run(
    call: RunnerCall,
    context: AuthorContext,
    // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- an arrow function may give what a call gives that has no value
  ): Promise<RunnerAnswer | undefined | void> | RunnerAnswer | undefined;
}

/**
 * A runner for embedding: an object in the caller's own process. Its exceptions become `runner_failed`.
 * @throws CabError runner_invalid if the definition is incomplete or invalid, naming the field
 */
export function defineRunner(definition: RunnerDefinition): Runner {
  checkDefinition(definition);
  const { name, version, configure, accept } = definition;
  return {
    ...plainRunner,
    close: async () => {},
    ...definition,
    makesPlaces: true,
    identify: async () => ({ name, version, artifactSchema: null, manifestSchema: null }),
    configure: (probe) => {
      try {
        return configure === undefined ? probe : configure.call(definition, probe);
      } catch (error) {
        throw failure(name, error, 'configure');
      }
    },
    accept: async (input) => {
      refuseLostIntegers(input);
      try {
        await accept?.call(definition, input);
      } catch (error) {
        throw failure(name, error, 'accept');
      }
    },
    async run(call, context) {
      const { signal, killGraceMs = defaultKillGraceMs } = context;
      const tail = new OutputTail(context.log);
      signal.throwIfAborted();
      const log: RunnerContext['log'] = (stream, text) => tail.write(stream, text);
      try {
        const given = definition.run(
          withPlaces(callWithNumbers(call), signal),
          authorContext({ ...context, log }),
        );
        // At once: a runner may use its buffer again for the next call.
        const taken = (answer: unknown): RunnerResult => returnedAnswer(name, call, answer);
        const running =
          given instanceof Promise ? given.then(taken) : Promise.resolve(taken(given));
        return (await untilAborted(running, signal, killGraceMs)) ?? taken(undefined);
      } catch (error) {
        signal.throwIfAborted();
        throw failure(name, error, undefined, tail);
      }
    },
  };
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const method = z.custom(isFunction, 'expected a function');
const text = z.string().check(z.minLength(1), z.maxLength(1000));

const definitionSchema = z.looseObject({
  name: text,
  version: text,
  run: method,
  configure: z.optional(method),
  accept: z.optional(method),
  prepare: z.optional(method),
  close: z.optional(method),
  inputFormat: z.optional(z.string()),
  volatileFields: z.optional(z.array(z.string())),
});

function checkDefinition(definition: unknown): void {
  const parsed = definitionSchema.safeParse(definition);
  if (parsed.success) return;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError('runner_invalid', `defineRunner: ${field || 'definition'}: ${problem}`, {
    hint: 'docs/reference/library.md shows what a runner object is made of.',
    details: { field },
  });
}

/**
 * Code in this process cannot be stopped. If it ignores the signal, this function returns after the grace,
 * and the code runs on.
 */
async function untilAborted<T>(
  running: Promise<T>,
  signal: AbortSignal,
  graceMs: number,
): Promise<T | undefined> {
  const ended = new AbortController();
  const graceOver = once(signal, 'abort', { signal: ended.signal }).then(
    () => sleep(graceMs, undefined, { ref: false }),
    () => undefined,
  );
  try {
    return await Promise.race([running, graceOver]);
  } finally {
    ended.abort();
    signal.throwIfAborted();
  }
}

function failure(name: string, thrown: unknown, where?: string, tail?: OutputTail): CabError {
  if (isCabError(thrown)) return thrown;
  const said = isError(thrown) ? thrown.message || thrown.name : `threw ${inspect(thrown)}`;
  const message = where === undefined ? said : `${where}: ${said}`;
  const exception = isError(thrown) ? thrown.name : typeof thrown;
  const stack = inspect(thrown);
  return runnerError(
    name,
    { code: 'runner_failed', message, exception, stack },
    tail?.lines() ?? [],
  );
}
