import * as z from 'zod/mini';
import { failureCodes } from '../runner-failure.ts';

/**
 * What is said between cab and a warm worker (a thread that holds a module, a process that holds a Python
 * callable). One request at a time, answered by one `result` or `failed`; `log` and `progress` before it.
 */
export type ToWorker =
  /** Answered by `result` once the runner's code is loaded and found to be callable. */
  | { readonly type: 'load'; readonly call?: object }
  /** `declared`: what was read in the source of the runner, to be compared with what it says once it is loaded. */
  | {
      readonly type: 'call';
      readonly arguments: object;
      readonly runner_kwargs: object;
      readonly declared?: object | undefined;
    }
  /** The running call is to end. */
  | { readonly type: 'abort'; readonly message: string };

export const fromWorkerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('log'), stream: z.enum(['stdout', 'stderr']), text: z.string() }),
  z.object({
    type: z.literal('progress'),
    fraction: z.nullable(z.number()),
    message: z.nullable(z.string()),
  }),
  z.object({ type: z.literal('result'), value: z.unknown() }),
  z.object({
    type: z.literal('failed'),
    code: z.enum(failureCodes),
    message: z.string(),
    exception: z.optional(z.string()),
    stack: z.optional(z.string()),
    exit_code: z.optional(z.number()),
  }),
]);

export type FromWorker = z.infer<typeof fromWorkerSchema>;
