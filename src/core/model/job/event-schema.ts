import * as z from 'zod/mini';
import { knownCode } from '../json/known-code.ts';
import type { JobEvent } from './job-event.ts';

/** Parses an event by its type. Made when it is first used: most processes read no event. */
export const jobEventSchema = (): z.ZodMiniType<JobEvent> => (made ??= eventSchema());

let made: z.ZodMiniType<JobEvent> | undefined;

function eventSchema(): z.ZodMiniType<JobEvent> {
  const count = z.int().check(z.nonnegative());
  const common = { seq: count, job_id: z.string(), at: z.string(), attempt: count };
  const output = z.object({ text: z.string(), dropped: z._default(count, 0) });
  const failure = { code: knownCode('internal'), message: z.string() };
  const delay_ms = z.number();
  const event = <const Type extends JobEvent['type'], Data extends z.ZodMiniType>(
    type: Type,
    data: Data,
  ) => z.object({ ...common, type: z.literal(type), data });
  return z.discriminatedUnion('type', [
    event(
      'submitted',
      z.object({
        track_id: z.nullable(z.string()),
        priority: z.number(),
        runner: z.optional(z.string()),
      }),
    ),
    event('started', z.object({ pid: z.int() })),
    event('stdout', output),
    event('stderr', output),
    event(
      'progress',
      z.object({ fraction: z.nullable(z.number()), message: z.nullable(z.string()) }),
    ),
    event(
      'retrying',
      z.union([
        z.object({ released: z.literal(true), delay_ms }),
        z.object({ ...failure, delay_ms }),
      ]),
    ),
    event(
      'done',
      z.object({
        cached: z.boolean(),
        config_hash: z.string(),
        source_hash: z.string(),
        etag: z.string(),
        upstream: z.optional(z.string()),
      }),
    ),
    event('failed', z.object(failure)),
    event('canceled', z.object({})),
    event('timeout', z.object(failure)),
  ]);
}
