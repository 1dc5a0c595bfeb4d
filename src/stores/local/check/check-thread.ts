/**
 * The entry point of verify's threads: receives its options once, then batches of keys, and answers each with its
 * outcomes.
 */
import { parentPort } from 'node:worker_threads';
import * as z from 'zod/mini';
import { checkBatch } from './check-batch.ts';
import { unpackKeys } from './packed-keys.ts';
import { sharedMeter } from './shared-meter.ts';

const beginning = z.object({
  options: z.object({
    entries: z.string(),
    artifactName: z.nullable(z.string()),
    manifestName: z.string(),
    quick: z.boolean(),
  }),
  shared: z.instanceof(SharedArrayBuffer),
});

if (parentPort !== null) {
  const port = parentPort;
  port.once('message', (first: unknown) => {
    const { options, shared } = beginning.parse(first);
    const meter = sharedMeter(shared);
    port.on('message', (packed: unknown) => {
      port.postMessage(checkBatch(unpackKeys(z.string().parse(packed)), options, meter));
    });
  });
}
