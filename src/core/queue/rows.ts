import * as z from 'zod/mini';
import { CabError, isErrorCode, type ErrorCode } from '../errors.ts';
import type { Job, JobEvent, JsonObject, Owner, RunningJob } from '../model/job.ts';
import { eventTypes } from '../model/job.ts';
import type { PointerRecord } from '../model/pointer.ts';
import { timeOf, type Queue } from './queue.ts';

/** @throws CabError queue_unreadable, naming file and job */
export function jobOf(queue: Queue, row: unknown): Job {
  const job = parsed(queue, jobRow, row);
  if (job.state !== 'pending') return job;
  const { due_boot, due_ms, run_at, ...rest } = job;
  const { boot, now } = timeOf(queue);
  const waits = due_boot === boot && due_ms !== null && due_ms > now;
  return { ...rest, run_at: waits ? run_at : null };
}

export const runningJobOf = (queue: Queue, row: unknown): RunningJob =>
  parsed(queue, runningRow, row);

export const eventOf = (queue: Queue, row: unknown): JobEvent => parsed(queue, eventRow, row);

export const pointerRecordOf = (queue: Queue, row: unknown): PointerRecord =>
  parsed(queue, pointerRow, row);

/** An owner as a column holds it; equal owners are equal texts. */
export const ownerText = ({ machine, pid, started }: Owner): string =>
  JSON.stringify({ machine, pid, started });

export const ownerOf = (queue: Queue, text: unknown): Owner => parsed(queue, owner, text);

/** Any row, by a schema of the caller's. */
export function parsed<T>(queue: Queue, schema: z.ZodMiniType<T>, row: unknown): T {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const { file } = queue.db;
  const id = row instanceof Object && 'id' in row ? String(row.id) : null;
  const issue = result.error.issues[0];
  const field = (issue?.path ?? []).map(String).join('.');
  const place = id === null ? 'a row' : `job ${id}`;
  throw new CabError(
    'queue_unreadable',
    `the job store ${file} is damaged: ${place}, ${field || 'value'}: ${issue?.message ?? 'not understood'}`,
    { details: { file, job: id, field }, cause: result.error },
  );
}

/** JSON text of a column, parsed once. */
const json = <T>(schema: z.ZodMiniType<T>) =>
  z.pipe(
    z.pipe(
      z.string(),
      z.transform((text, context): unknown => {
        try {
          return JSON.parse(text);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          context.issues.push({ code: 'custom', message: error.message, input: text });
          return z.NEVER;
        }
      }),
    ),
    schema,
  );

const count = z.int().check(z.nonnegative());
const nullableText = z.nullable(z.string());
const flag = z.pipe(
  z.int(),
  z.transform((value) => value !== 0),
);
/** Out of JSON.parse everything is JSON already; only its being an object is in question. */
const jsonObject = z.custom<JsonObject>(
  (value) => value instanceof Object && !Array.isArray(value),
  'expected an object',
);

const key = { config_hash: z.string(), source_hash: z.string() };

const spec = json(
  z.object({
    input: z.object({ path: z.string(), kept: z.boolean(), fingerprint: z.string() }),
    key: z.object(key),
    config: z.nullable(jsonObject),
    track_id: nullableText,
    run_id: z.string(),
    runner: z.string(),
    db_path: nullableText,
    db_hash: nullableText,
    probe: jsonObject,
    runner_kwargs: jsonObject,
    artifact_name: z.string(),
    manifest_name: z.string(),
    timeout_ms: z.nullable(z.number()),
    force: z.boolean(),
  }),
);

const owner = json(z.object({ machine: z.string(), pid: z.int(), started: z.string() }));

const failure = json(
  z.object({
    // A later program may know codes that this one does not.
    code: z.pipe(
      z.string(),
      z.transform((code): ErrorCode => (isErrorCode(code) ? code : 'internal')),
    ),
    message: z.string(),
    hint: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
);

const result = json(
  z.object({ ...key, artifact: z.string(), manifest: z.string(), etag: z.string() }),
);

const base = {
  id: z.string(),
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

const eventRow = z.object({
  seq: count,
  job_id: z.string(),
  at: z.string(),
  type: z.enum(eventTypes),
  attempt: count,
  data: json(jsonObject),
});

const pointerRow = z.object({
  track_id: z.string(),
  ...key,
  artifact: z.string(),
  manifest: z.string(),
  etag: z.string(),
  job_id: z.string(),
  at: z.string(),
});
