import * as z from 'zod/mini';
import { failureCodes } from '../runner-failure.ts';

/**
 * The messages between cab and a warm worker, which is a thread that holds a module or a process that holds a Python
 * callable. The worker handles one request at a time and answers it with one `result` or `failed`. `log` and
 * `progress` come before that.
 */
export type ToWorker =
  /** The worker answers `result` once the runner's code is loaded and can be called. */
  | { readonly type: 'load'; readonly call?: object }
  /** `declared`: what was read in the source of the runner. The worker compares it with the loaded code. */
  | {
      readonly type: 'call';
      readonly arguments: object;
      readonly runner_kwargs: object;
      readonly declared?: object | undefined;
    }
  /** Asks the worker to end the running call. */
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
