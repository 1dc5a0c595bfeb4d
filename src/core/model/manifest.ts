import * as z from 'zod/mini';
import { configHashSchema, segmentSchema } from './key.ts';

/** SHA-256 as 64 lower-case hex digits. */
export const digestSchema = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'));

const text = z.nullish(z.string());

/** Sizes are in bytes. What a runner's own manifest says beyond this is kept (loose objects). */
export const manifestSchema = z.looseObject({
  schema_id: z.string(),
  source_hash: segmentSchema,
  config_hash: configHashSchema,
  db_hash: text,
  runner: z.looseObject({
    runner_name: z.string(),
    version: text,
    input_features_path: text,
  }),
  artifact: z.looseObject({
    path: z.string(),
    sha256: digestSchema,
    etag: z.string(),
    size: z.optional(z.int().check(z.nonnegative())),
    content_type: z.optional(z.string()),
  }),
  /** Outputs beside the artifact; `path` is the file's name within the entry. */
  files: z.optional(
    z.array(
      z.looseObject({
        path: z.string(),
        sha256: digestSchema,
        size: z.int().check(z.nonnegative()),
        content_type: z.string(),
      }),
    ),
  ),
  /** The material that `config_hash` was made of, where cab made it. */
  config: z.optional(z.unknown()),
  job_id: text,
  run_id: text,
  track_id: text,
  created_at: text,
  cab_version: text,
});

/** What an entry holds, as `manifest.json` says it; source: docs/architecture.md, "Entries". */
export type Manifest = z.infer<typeof manifestSchema>;
