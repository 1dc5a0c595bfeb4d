/** The worker side of publishing-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod/mini';
import { packError, unpackError } from '../../support/thread/packed-error.ts';
import { publisherOn, type Publisher } from '../../core/engine/attempt/outcome/publisher.ts';
import { openEntries, openLight, openWorkspace } from '../stores/local/open-entries.ts';
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
  const options = settings.parse(workerData);
  // This thread stages nothing, so it removes nothing.
  const workspace = openWorkspace(options.root, () => undefined);
  const entries = openEntries(options);
  const publisher = publisherOn(entries, workspace, openLight(options, entries));
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
    if (task.type === 'gather')
      return { type: 'gathered', gathered: await publisher.gather(task.run, signal) };
    if (task.type === 'flush') {
      await publisher.flushLight(task.keys);
      return { type: 'flushed' };
    }
    const publication =
      task.type === 'publish'
        ? await publisher.publish(task.staged, signal)
        : await publisher.publishLight(task.entry);
    return { type: 'published', publication };
  } catch (error) {
    return { type: 'failed', error: packError(error) };
  }
}
