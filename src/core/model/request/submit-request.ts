import * as z from 'zod/mini';
import { DigestedInput } from './digested-input.ts';
import { invalidRequest } from '../json/invalid-request.ts';
import { jsonObjectSchema } from '../json/json.ts';
import { configHashSchema, segmentSchema } from '../entry/key.ts';
import { labelSchema, mostLabels } from './label.ts';

const path = z.string().check(z.minLength(1));

/** Programs get the text as an argument and in their environment. A NUL would end it there. */
const withoutNul = z.refine<string>((text) => !text.includes('\0'), 'holds a NUL character');

/** As a shell takes it. */
const variableName = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected NAME'));

/** The longest time that a timer holds, in seconds. */
const maxSeconds = 2_147_483;

/**
 * What a caller asks for: the body of `POST /echo/jobs`, the argument of `Broker.submit`, and the flags of `cab submit`
 * together. The first eight fields are the reference contract.
 */
export const submitRequestSchema = z.strictObject({
  /** Absolute, or relative to the working directory of the process that accepts the job. */
  features_path: z.optional(path),
  track_id: z.nullish(z.string().check(z.minLength(1), withoutNul)),
  run_id: z.nullish(
    z.string().check(
      z.minLength(1),
      z.maxLength(256),
      withoutNul,
      // Otherwise the manifest, which contains the id, could not be hashed.
      z.refine((id) => id.isWellFormed(), 'holds half a character (a lone surrogate)'),
    ),
  ),
  config_hash: z.nullish(configHashSchema),
  db_path: z.nullish(path),
  db_hash: z.nullish(segmentSchema),
  probe: z.nullish(jsonObjectSchema),
  runner_kwargs: z.nullish(jsonObjectSchema),
  /** The input itself, as text, in place of `features_path`: JSON, unless the runner reads bytes. */
  features_text: z.optional(z.string()),
  /** The input itself, as bytes, in place of `features_path`. It is JSON only if the runner reads nothing else. */
  features_bytes: z.optional(
    z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes'),
  ),
  /** The input itself, with its hashes, in place of `features_path`. Only the code that receives the request sets it. */
  features_digested: z.optional(
    z.custom<DigestedInput>((value) => value instanceof DigestedInput, 'there is no such field'),
  ),
  /** A kind of job that the configuration of the process that accepts it names. */
  job: z.optional(z.string().check(z.minLength(1), z.maxLength(256))),
  /** Files, folders and patterns that the runner reads beside its input; `!` leaves out. Their content is in the key. */
  inputs: z.optional(z.array(path).check(z.maxLength(10_000))),
  /** Where `inputs` begin: an absolute path. */
  inputs_base: z.optional(path),
  /** Variables that the runner gets, and the key holds; null: not set. */
  env: z.optional(z.record(variableName, z.nullable(z.string().check(withoutNul)))),
  /** Labels that a worker must have to take the job. */
  needs: z.optional(z.array(labelSchema).check(z.maxLength(mostLabels))),
  priority: z.optional(z.int().check(z.minimum(-1000), z.maximum(1000))),
  timeout_s: z.nullish(z.number().check(z.positive(), z.maximum(maxSeconds))),
  max_attempts: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
  force: z.optional(z.boolean()),
  /** No track. Without this and without a `track_id`, a job that names a file has the track of the file's name. */
  untracked: z.optional(z.boolean()),
});

export type SubmitRequest = z.infer<typeof submitRequestSchema>;

/**
 * Returns a request that was already parsed as it is: a request over HTTP is parsed at two borders.
 * @throws CabError invalid_request, naming the field: `probe.top_k: expected …`
 */
export function parseSubmitRequest(input: unknown): SubmitRequest {
  if (isParsed(input)) return input;
  const parsed = submitRequestSchema.safeParse(input);
  if (parsed.success) {
    requests.add(parsed.data);
    return parsed.data;
  }
  throw invalidRequest(parsed.error);
}

/** The results of `parseSubmitRequest`. Nobody changes them. */
const requests = new WeakSet<object>();

const isParsed = (input: unknown): input is SubmitRequest =>
  typeof input === 'object' && input !== null && requests.has(input);
