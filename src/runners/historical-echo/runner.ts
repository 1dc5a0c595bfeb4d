import { statSync } from 'node:fs';
import type { Runner, RunnerCall, RunnerResult } from '../../core/ports/runner.ts';
import type { CachePlace } from '../../support/files/temporary.ts';
import { SerialThread } from '../../support/thread/serial-thread.ts';
import { builtFile } from '../../support/thread/built-file.ts';
import { acceptInput, largeFeatures, type FeaturesThread } from './accept.ts';
import { Columns } from './columns/columns.ts';
import { questionOf, resultOf } from './compute.ts';
import { historicalEcho, volatileFields } from './descriptor.ts';
import { parseProbe } from './probe-arguments.ts';
import { ProbeThread } from './probe-thread.ts';
import { type ColumnsOf, errorOf, failureOf } from './thread-messages.ts';

export interface HistoricalEchoOptions {
  /** Where the columns of spines are kept. If not given, they are not kept. */
  readonly cache?: CachePlace;
}

/**
 * The built-in runner: finds the nearest songs of a spine on four axes. It starts a thread only when a
 * `run` must read a spine.
 */
export function historicalEchoRunner({ cache }: HistoricalEchoOptions = {}): Runner {
  const thread = new ProbeThread();
  const columns = new Columns();
  const large: FeaturesThread = new SerialThread(() =>
    builtFile('workers/historical-echo-accept.js'),
  );
  return {
    identify: async () => historicalEcho,
    configure: parseProbe,
    accept: (input) => acceptInput(input, large),
    database: 'required',
    makesPlaces: true,
    volatileFields,
    run: async (call, context) => {
      context.signal.throwIfAborted();
      const { database } = context;
      const of =
        cache === undefined || database === undefined ? null : { place: placeOf(cache), database };
      return answerHere(call, columns, of) ?? thread.run({ call, columns: of }, context);
    },
    close: async () => {
      columns.close();
      await Promise.all([thread.close(), large.close()]);
    },
  };
}

/** Copies only the texts, because the place is sent to a thread. */
const placeOf = ({ private: own, temporary, cache }: CachePlace): CachePlace => ({
  private: own,
  temporary,
  cache,
});

/**
 * Answers a call in this thread if that takes a few milliseconds. Starting a thread, or asking a running one,
 * costs more than a probe that reads a few blocks of columns. Longer calls go to the thread, because they
 * would block other work.
 */
function answerHere(
  call: RunnerCall,
  columns: Columns,
  of: ColumnsOf | null,
): RunnerResult | undefined {
  if (of === null) return undefined;
  try {
    if ((statSync(call.features_path, { throwIfNoEntry: false })?.size ?? 0) > largeFeatures)
      return undefined;
    const found = columns.probe(questionOf(call), of, mostSongsHere);
    return found && resultOf(call, found);
  } catch (error) {
    throw errorOf(failureOf(error));
  }
}

/** Takes a few milliseconds. */
const mostSongsHere = 200_000;
