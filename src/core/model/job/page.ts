import * as z from 'zod/mini';
import { invalidRequest } from '../json/invalid-request.ts';

/** How many jobs, or steps of a history, one request may ask for, in every broker and on the wire. */
export const limitChecks = [z.int(), z.minimum(1), z.maximum(1000)] as const;

const jobIdPattern = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

export const cursorSchema = z
  .string()
  .check(z.regex(jobIdPattern, 'expected the "next" of an earlier page'));

const pageSchema = z.object({
  limit: z._default(z.number().check(...limitChecks), 50),
  cursor: z.optional(cursorSchema),
});

/** The requested part of a list, checked and with its default. @throws CabError invalid_request, naming the field */
export function pageOf(query: {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}) {
  const parsed = pageSchema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error);
}
