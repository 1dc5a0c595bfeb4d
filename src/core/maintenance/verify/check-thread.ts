/** The thread's end of check-pool.ts: takes batches of keys, gives their outcomes. */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod/mini';
import { checkBatch, unpackKeys } from './check-batch.ts';
import { sharedMeter } from './shared-meter.ts';

const { options, shared } = z
  .object({
    options: z.object({ entries: z.string(), manifestName: z.string(), quick: z.boolean() }),
    shared: z.instanceof(SharedArrayBuffer),
  })
  .parse(workerData);
const meter = sharedMeter(shared);

parentPort?.on('message', (packed: unknown) => {
  const keys = unpackKeys(z.string().parse(packed));
  parentPort?.postMessage(checkBatch(keys, options, meter));
});
