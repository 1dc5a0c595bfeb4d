/** The thread's end of check-pool.ts: takes batches of keys, gives their outcomes. */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod/mini';
import { checkEntry } from './check-entry.ts';
import { sharedMeter } from './shared-meter.ts';

const dataSchema = z.object({
  options: z.object({ entries: z.string(), manifestName: z.string(), quick: z.boolean() }),
  shared: z.instanceof(SharedArrayBuffer),
});

const batchSchema = z.array(z.object({ config_hash: z.string(), source_hash: z.string() }));

const { options, shared } = dataSchema.parse(workerData);
const meter = sharedMeter(shared);

parentPort?.on('message', (batch: unknown) => {
  const outcomes = batchSchema.parse(batch).map((key) => checkEntry(key, options, meter));
  parentPort?.postMessage(outcomes);
});
