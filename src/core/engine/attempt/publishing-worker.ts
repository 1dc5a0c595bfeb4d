/** The thread's end of compose/publishing-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod/mini';
import { FsEntryStore } from '../../../stores/local/fs-entry-store.ts';
import { layoutOf } from '../../../stores/local/layout.ts';
import { packError, unpackError } from '../../../support/thread/packed-error.ts';
import { publisherOn, type Publisher } from './publisher.ts';
import {
  Batch,
  type Answer,
  type Outcome,
  type Request,
  type Task,
} from './publishing-protocol.ts';

const settings = z.object({
  root: z.string(),
  artifactName: z.nullable(z.string()),
  manifestName: z.string(),
});

if (parentPort !== null) {
  const port = parentPort;
  const { root, ...names } = settings.parse(workerData);
  const publisher = publisherOn(new FsEntryStore(layoutOf(root), names));
  const answers = new Batch<Answer>((batch) => port.postMessage(batch), 4);
  const underWay = new Map<number, AbortController>();
  port.on('message', (requests: readonly Request[]) => {
    for (const { id, task } of requests) {
      if (task.type === 'stop') {
        underWay.get(id)?.abort(unpackError(task.reason));
        continue;
      }
      const controller = new AbortController();
      underWay.set(id, controller);
      void outcomeOf(task, publisher, controller.signal).then((outcome) => {
        underWay.delete(id);
        answers.add({ id, outcome });
      });
    }
  });
}

async function outcomeOf(
  task: Exclude<Task, { type: 'stop' }>,
  publisher: Publisher,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return task.type === 'collect'
      ? { type: 'collected', staged: await publisher.collect(task.from, signal) }
      : { type: 'published', publication: await publisher.publish(task.staged, signal) };
  } catch (error) {
    return { type: 'failed', error: packError(error) };
  }
}
