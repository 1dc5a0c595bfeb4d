import * as z from 'zod/mini';
import { configHashSchema, segmentSchema } from './key.ts';

/** `echo/index/<track>.json`: where the latest result of a track stands. Exactly the reference contract's six fields. */
export const pointerSchema = z.object({
  track_id: z.string(),
  config_hash: configHashSchema,
  source_hash: segmentSchema,
  artifact: segmentSchema,
  manifest: segmentSchema,
  /** SHA-256 of the artifact. */
  etag: z.string(),
});

export type Pointer = z.infer<typeof pointerSchema>;

/** One step in the history of a track; `job_id` orders them, for ids ascend in the order of submission. */
export interface PointerRecord extends Pointer {
  readonly job_id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}
