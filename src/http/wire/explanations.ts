/** Why a submission is a hit or a miss, and why a job was one. */
import * as z from 'zod/mini';
import type { Explanation } from '../../core/model/job/explanation.ts';
import type { JobExplanation } from '../../core/model/job/job-explanation.ts';
import { submitRequestSchema } from '../../core/model/request/submit-request.ts';
import { jsonObjectSchema, jsonSchema } from '../../core/model/json/json.ts';
import { configHashSchema, segmentSchema } from '../../core/model/entry/key.ts';
import { missReasons } from '../../core/model/report/stats.ts';

const entryKeySchema = z.object({ config_hash: configHashSchema, source_hash: segmentSchema });

/** `wanted` or `found` is absent if that side has no such field. */
const differencesSchema = z.array(
  z.object({ field: z.string(), wanted: z.optional(jsonSchema), found: z.optional(jsonSchema) }),
);

export const explanationSchema = z.object({
  hit: z.boolean(),
  key: entryKeySchema,
  entry: z.nullable(entryKeySchema),
  upstream: z._default(z.nullable(z.string()), null),
  config: z.nullable(jsonObjectSchema),
  closest: z.nullable(
    z.object({
      key: entryKeySchema,
      differences: differencesSchema,
    }),
  ),
  older: z._default(z.nullable(entryKeySchema), null),
  partial: z._default(z.boolean(), false),
});

/** Adds the fields that JSON leaves out, as `undefined`. */
export const explanationOf = ({
  closest,
  older,
  partial,
  ...answer
}: z.infer<typeof explanationSchema>): Explanation => ({
  ...answer,
  closest: closest && {
    ...closest,
    differences: differencesOf(closest),
  },
  older,
  partial,
});

export const jobExplanationSchema = z.object({
  job_id: z.string(),
  reason: z.nullable(z.enum(missReasons)),
  key: entryKeySchema,
  config: z.nullable(jsonObjectSchema),
  closest: z.nullable(
    z.object({
      key: entryKeySchema,
      created_at: z.nullable(z.string()),
      differences: differencesSchema,
    }),
  ),
  partial: z.boolean(),
  /** The body of a submission that makes the same job; without the input if that was sent. */
  request: z.nullable(
    z.omit(submitRequestSchema, {
      ...{ features_text: true, features_bytes: true, features_digested: true },
    }),
  ),
  kept: z.boolean(),
});

/** Adds the fields that JSON leaves out, as `undefined`. */
export const jobExplanationOf = ({
  closest,
  ...answer
}: z.infer<typeof jobExplanationSchema>): JobExplanation => ({
  ...answer,
  closest: closest && { ...closest, differences: differencesOf(closest) },
});

const differencesOf = ({
  differences,
}: {
  readonly differences: z.infer<typeof differencesSchema>;
}) => differences.map(({ field, wanted, found }) => ({ field, wanted, found }));
