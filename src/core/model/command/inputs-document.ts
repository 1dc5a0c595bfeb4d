/**
 * The input of a job that reads many files: a canonical JSON document that lists them, so that one digest stands for all.
 * Source: docs/reference/run.md, "The key".
 */
import * as z from 'zod/mini';
import { digestSchema } from '../entry/manifest.ts';

const size = z.int().check(z.nonnegative());

/** Relative to the project root, `/` between segments; in base 64 if it is not UTF-8. */
const place = { path: z.optional(z.string()), path_b64: z.optional(z.string()) };
const inputFileSchema = z.strictObject({
  ...place,
  sha256: digestSchema,
  /** Bytes. */
  size,
  /** Its owner may execute it. */
  mode: z.optional(z.literal('x')),
});
const inputLinkSchema = z.strictObject({ ...place, link: z.string() });

export const inputsDocumentSchema = z.strictObject({
  /** In the order of the UTF-8 bytes of their paths. */
  inputs: z.array(z.union([inputFileSchema, inputLinkSchema])),
  /** What the command reads on standard input, if that is an input. */
  stdin: z.optional(z.strictObject({ sha256: digestSchema, size })),
});

export type InputsDocument = z.infer<typeof inputsDocumentSchema>;
export type InputItem = InputsDocument['inputs'][number];
