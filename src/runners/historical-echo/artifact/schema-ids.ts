import * as z from 'zod/mini';
import { CabError } from '../../../core/model/errors.ts';
import { issueOf } from '../../../core/model/issue.ts';
import type { JsonObject } from '../../../core/model/job.ts';
import { historicalEcho } from '../descriptor.ts';

const text = z.string().check(z.minLength(1));

const argumentsSchema = z.strictObject({
  schema_id: z._default(text, historicalEcho.artifactSchema),
  manifest_schema_id: z._default(text, historicalEcho.manifestSchema),
});

/** The schema ids of the artifact and the manifest. */
export type SchemaIds = z.infer<typeof argumentsSchema>;

/**
 * The arguments of the runner beside its probe, with defaults. @throws CabError
 * runner_args_invalid, naming the argument
 */
export function parseSchemaIds(runner_kwargs: JsonObject): SchemaIds {
  const parsed = argumentsSchema.safeParse(runner_kwargs);
  if (parsed.success) return parsed.data;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError('runner_args_invalid', `runner_kwargs.${field}: ${problem}`, {
    hint: `The built-in runner takes ${Object.keys(argumentsSchema.shape).join(', ')}.`,
    details: { field: `runner_kwargs.${field}` },
  });
}
