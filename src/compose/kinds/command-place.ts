/** Where a queued command runs, and what of it is in no key. */
import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import { placeText, shownRunner } from '../../core/model/request/queued-command.ts';

const placeSchema = z.strictObject({
  /** Where the command runs. Absolute. */
  cwd: z.string(),
  /** As the recipe names them, filled in; relative to `cwd`. */
  inputs: z.array(z.string()),
  ignore: z.boolean(),
  /** Undefined: the command runs in the user's own folder. */
  sandbox: z.optional(z.strictObject({ network: z.boolean() })),
});

export type CommandPlace = z.infer<typeof placeSchema>;

/** @throws CabError runner_invalid */
export function commandPlace(spec: string): CommandPlace {
  const parsed = placeSchema.safeParse(jsonOf(placeText(spec)));
  if (parsed.success) return parsed.data;
  throw new CabError(
    'runner_invalid',
    `${shownRunner(spec)}: the job does not say where its command runs`,
    { cause: parsed.error },
  );
}

/** Undefined for text that is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
