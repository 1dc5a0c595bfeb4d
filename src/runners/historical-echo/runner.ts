import { statSync } from 'node:fs';
import type { Runner, RunnerCall, RunnerResult } from '../../core/ports/runner.ts';
import type { CachePlace } from '../../support/files/temporary.ts';
import { SerialThread } from '../../support/thread/serial-thread.ts';
import { builtFile } from '../../support/thread/built-file.ts';
import { acceptInput, largeFeatures, type FeaturesThread } from './accept.ts';
import { Columns } from './columns/columns.ts';
import { leave, questionOf } from './compute.ts';
import { historicalEcho, volatileFields } from './descriptor.ts';
import { parseProbe } from './probe-arguments.ts';
import { ProbeThread } from './probe-thread.ts';
import { type ColumnsOf, errorOf, failureOf } from './thread-messages.ts';

export interface HistoricalEchoOptions {
  /** Where the columns of spines are kept; nowhere if not given. */
  readonly cache?: CachePlace;
}

/** The built-in runner: the nearest songs of a spine on four axes. Nothing is started before a `run` that has to read a spine. */
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

/** It goes to a thread: nothing but its texts may be in it. */
const placeOf = ({ private: own, temporary, cache }: CachePlace): CachePlace => ({
  private: own,
  temporary,
  cache,
});

/**
 * To start a thread costs more than a probe that reads a few blocks of columns, and to ask one that runs no less. What would
 * take long enough to hold up others goes to the thread.
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
    return found && leave(call, found);
  } catch (error) {
    throw errorOf(failureOf(error));
  }
}

/** A few milliseconds. */
const mostSongsHere = 200_000;
