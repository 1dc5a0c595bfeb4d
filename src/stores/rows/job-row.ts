/**
 * Reads and writes the row of a job. A value that has a column is not stored twice: `spec` is kept without the key,
 * and a `result` without the key if the entry has the predicted key. Files of older programs store both.
 */
import * as z from 'zod/mini';
import { isErrorCode, type ErrorCode } from '../../core/model/errors.ts';
import { exactText } from '../../core/model/json/exact-json.ts';
import type { Job, JobResult, JobSpec, RunningJob } from '../../core/model/job/job.ts';
import { sameKey, type EntryKey } from '../../core/model/entry/key.ts';
import {
  count,
  json,
  jsonObject,
  keyColumns,
  nullableText,
  owner,
  parsed,
  type RowSource,
} from './rows.ts';

/** @throws CabError queue_unreadable, naming file and job */
export function jobOf(source: RowSource, row: unknown): Job {
  const { config_hash, source_hash, kind, needs, ...columns } = parsed(source, jobRow, row);
  const predicted = { config_hash, source_hash };
  const job = { ...columns, spec: wholeSpec(columns.spec, predicted, kind, needs) };
  if (job.state === 'done') return { ...job, result: { ...predicted, ...job.result } };
  if (job.state !== 'pending') return job;
  const { due_boot, due_ms, run_at, ...rest } = job;
  const { clock } = source;
  const waits = due_ms !== null && due_boot === clock.boot && due_ms > clock.monotonic();
  return { ...rest, run_at: waits ? run_at : null };
}

export function runningJobOf(source: RowSource, row: unknown): RunningJob {
  const { config_hash, source_hash, kind, needs, ...columns } = parsed(source, runningRow, row);
  return { ...columns, spec: wholeSpec(columns.spec, { config_hash, source_hash }, kind, needs) };
}

/** With what has columns of its own. */
const wholeSpec = (
  spec: Omit<JobSpec, 'key' | 'kind' | 'needs'>,
  key: EntryKey,
  kind: string | null | undefined,
  needs: readonly string[] | null | undefined,
): JobSpec => ({
  ...{ ...spec, key },
  ...(kind != null && { kind }),
  ...(needs != null && { needs }),
});

/** Lists every field, as `resultText` does. Copying by spread would take several times as long, for each job. */
export const specText = (spec: JobSpec): string =>
  exactText({
    input: spec.input,
    config: spec.config,
    config_hash_given: spec.config_hash_given,
    track_id: spec.track_id,
    run_id: spec.run_id,
    runner: spec.runner,
    db_path: spec.db_path,
    db_hash: spec.db_hash,
    db_hash_given: spec.db_hash_given,
    db_kept: spec.db_kept,
    db_copy: spec.db_copy,
    probe: spec.probe,
    runner_kwargs: spec.runner_kwargs,
    artifact_name: spec.artifact_name,
    manifest_name: spec.manifest_name,
    timeout_ms: spec.timeout_ms,
    force: spec.force,
    declared: spec.declared,
  } satisfies Omit<JobSpec, 'key' | 'kind' | 'needs'>);

/** The text of a result, for a job whose row has `key`. */
export function resultText(result: JobResult, key: EntryKey): string {
  if (!sameKey(result, key)) return JSON.stringify(result);
  const { artifact, manifest, etag, upstream } = result;
  return JSON.stringify({ artifact, manifest, etag, upstream } satisfies Omit<
    JobResult,
    keyof EntryKey
  >);
}

const flag = z.pipe(
  z.int(),
  z.transform((value) => value !== 0),
);
const copy = z.optional(z.object({ place: z.string(), machine: z.string() }));
const specFields = z.object({
  input: z.object({
    path: z.string(),
    kept: z.boolean(),
    fingerprint: z.string(),
    // Older programs knew no other format.
    format: z._default(z.enum(['json', 'bytes', 'any']), 'any'),
    copy,
  }),
  config: z.nullable(jsonObject),
  config_hash_given: z.optional(z.boolean()),
  track_id: nullableText,
  run_id: z.string(),
  runner: z.string(),
  db_path: nullableText,
  db_hash: nullableText,
  // Older programs did not store it.
  db_hash_given: z._default(z.boolean(), false),
  db_kept: z.optional(z.boolean()),
  db_copy: copy,
  probe: jsonObject,
  runner_kwargs: jsonObject,
  artifact_name: z.string(),
  manifest_name: z.string(),
  timeout_ms: z.nullable(z.number()),
  force: z.boolean(),
  declared: z.optional(
    z.object({
      base: z.string(),
      inputs: z.array(z.string()),
      env: z.record(z.string(), z.nullable(z.string())),
    }),
  ),
});
const spec = json(
  z.pipe(
    specFields,
    // Older programs stored no config if its hash was given.
    z.transform((fields) => ({
      ...fields,
      config_hash_given: fields.config_hash_given ?? fields.config === null,
    })),
  ),
);

const failure = json(
  z.object({
    // A later program may store codes that this one does not know.
    code: z.pipe(
      z.string(),
      z.transform((code): ErrorCode => (isErrorCode(code) ? code : 'internal')),
    ),
    message: z.string(),
    hint: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
);

const files = {
  ...{ artifact: z.string(), manifest: z.string(), etag: z.string() },
  upstream: z.optional(z.string()),
};
const result = json(z.union([z.object({ ...keyColumns, ...files }), z.object(files)]));

const base = {
  id: z.string(),
  ...keyColumns,
  kind: z.nullish(z.string()),
  needs: z.nullish(json(z.array(z.string()))),
  spec,
  priority: z.int(),
  attempts: count,
  max_attempts: count,
  crashes: count,
  submitted_at: z.string(),
};
const ended = { ...base, started_at: nullableText, finished_at: z.string() };

const runningRow = z.object({
  ...base,
  state: z.literal('running'),
  started_at: z.string(),
  owner,
  epoch: count,
  cancel_requested: flag,
});

const jobRow = z.discriminatedUnion('state', [
  z.object({
    ...base,
    state: z.literal('pending'),
    due_boot: nullableText,
    due_ms: z.nullable(z.int()),
    run_at: nullableText,
    failure: z.nullable(failure),
  }),
  runningRow,
  z.object({ ...ended, state: z.literal('done'), result, cached: flag }),
  z.object({ ...ended, state: z.literal('error'), failure }),
  z.object({ ...ended, state: z.literal('canceled') }),
]);
