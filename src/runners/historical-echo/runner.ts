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
 * `run` must read a spine, or when there are many calls.
 */
export function historicalEchoRunner({ cache }: HistoricalEchoOptions = {}): Runner {
  const thread = new ProbeThread();
  const columns = new Columns();
  let answeredHere = 0;
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
      const here = answeredHere < mostHere ? answerHere(call, columns, of) : undefined;
      if (here === undefined) return thread.run({ call, columns: of }, context);
      answeredHere += 1;
      return here;
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
 * Calls that a process answers in its main thread. Starting a thread costs more than a few probes do; a process with many has
 * other work for its main thread.
 */
const mostHere = 8;

/**
 * Answers a call in this thread if that takes a few milliseconds: it reads a few blocks of columns. Longer calls go to the
 * thread, because they would block other work.
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
