/** Parses rows of a job store in SQL, and reports a row that cannot be parsed as damage. */
import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import { parseExact } from '../../core/model/json/exact-json.ts';
import { jobEventSchema } from '../../core/model/job/event-schema.ts';
import type { JsonObject, Owner } from '../../core/model/job/job.ts';
import type { JobEvent } from '../../core/model/job/job-event.ts';
import type { TrackStep } from '../../core/model/entry/pointer.ts';
import type { Clock } from '../../support/process/clock.ts';

/** Where rows come from. */
export interface RowSource {
  /** The name of the job store in messages: a file, or an address without its password. */
  readonly place: string;
  readonly clock: Clock;
}

export const isRow = (row: unknown): row is object => typeof row === 'object' && row !== null;

export const eventOf = (source: RowSource, row: unknown): JobEvent =>
  parsed(source, jobEventSchema(), parsed(source, eventRow, row));

export const pointerRecordOf = (source: RowSource, row: unknown): TrackStep =>
  parsed(source, pointerRow, row);

/** An owner as a column holds it. Equal owners have equal texts. */
export const ownerText = ({ machine, pid, started }: Owner): string =>
  JSON.stringify({ machine, pid, started });

export const ownerOf = (source: RowSource, text: unknown): Owner => parsed(source, owner, text);

/** Parses any row by the caller's schema. @throws CabError queue_unreadable */
export function parsed<T>({ place: file }: RowSource, schema: z.ZodMiniType<T>, row: unknown): T {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const id = isRow(row) && 'id' in row ? String(row.id) : null;
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
export const json = <T>(schema: z.ZodMiniType<T>) =>
  z.pipe(
    z.pipe(
      z.string(),
      z.transform((text, context): unknown => {
        try {
          return parseExact(text);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          context.issues.push({ code: 'custom', message: error.message, input: text });
          return z.NEVER;
        }
      }),
    ),
    schema,
  );

export const count = z.int().check(z.nonnegative());
export const nullableText = z.nullable(z.string());
/** parseExact gives nothing but JSON, so the only question is whether it is an object. */
export const jsonObject = z.custom<JsonObject>(
  (value) => isRow(value) && !Array.isArray(value),
  'expected an object',
);

export const keyColumns = { config_hash: z.string(), source_hash: z.string() };

export const owner = json(z.object({ machine: z.string(), pid: z.int(), started: z.string() }));

const eventRow = z.looseObject({ data: json(jsonObject) });

const pointerRow = z.object({
  track_id: z.string(),
  ...keyColumns,
  artifact: z.string(),
  manifest: z.string(),
  etag: z.string(),
  job_id: z.string(),
  at: z.string(),
});
