/** The thread's end of app/publishing-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod/mini';
import { FsEntryStore } from '../cas/fs-entry-store.ts';
import { layoutOf } from '../cas/layout.ts';
import { packError } from '../packed-error.ts';
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
  port.on('message', (requests: readonly Request[]) => {
    for (const { id, task } of requests)
      void outcomeOf(task, publisher).then((outcome) => answers.add({ id, outcome }));
  });
}

async function outcomeOf(task: Task, publisher: Publisher): Promise<Outcome> {
  try {
    return task.type === 'collect'
      ? { type: 'collected', staged: await publisher.collect(task.from) }
      : { type: 'published', publication: await publisher.publish(task.staged) };
  } catch (error) {
    return { type: 'failed', error: packError(error) };
  }
}
