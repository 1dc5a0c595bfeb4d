/** The thread that reads spines and runs long probes, one call at a time. Spines stay warm between calls. */
import { parentPort } from 'node:worker_threads';
import { questionOf, resultOf } from './compute.ts';
import { Columns } from './columns/columns.ts';
import { SpineReader } from './spine/spine-reader.ts';
import { type ThreadCall, type ThreadMessage, failureOf } from './thread-messages.ts';

const columns = new Columns();
const answer = (message: ThreadMessage): void => parentPort?.postMessage(message);

const reader = new SpineReader(columns, {
  loading: (path, rows) => answer({ type: 'loading', path, rows }),
  loaded: (path, rows) => answer({ type: 'loaded', path, rows }),
});

parentPort?.on('message', ({ call, columns: of }: ThreadCall) => {
  const run = async (): Promise<ThreadMessage> => {
    const question = questionOf(call);
    const found = columns.probe(question, of, Infinity) ?? (await reader.probe(question, of));
    return { type: 'done', result: resultOf(call, found) };
  };
  run().then(answer, (error: unknown) => answer({ type: 'failed', failure: failureOf(error) }));
});
