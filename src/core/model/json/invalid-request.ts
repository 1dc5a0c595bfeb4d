import type * as z from 'zod/mini';
import { CabError } from '../errors.ts';
import { issueOf } from './issue.ts';

/** The refusal of a value that its schema refused: it names the field, or the request as a whole. */
export function invalidRequest(error: z.core.$ZodError): CabError {
  const { field, problem } = issueOf(error);
  return new CabError('invalid_request', `${field || 'request'}: ${problem}`, {
    details: { field },
  });
}
