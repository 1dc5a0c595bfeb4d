import type * as z from 'zod/mini';
import { CabError, isError } from '../../core/model/errors.ts';
import { invalidRequest } from '../../core/model/json/invalid-request.ts';

/** A small body as its schema has it. An empty one is an empty object. @throws CabError invalid_json, invalid_request */
export function bodyOf<T>(schema: z.ZodMiniType<T>, body: unknown): T {
  const parsed = schema.safeParse(jsonOf(body));
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error);
}

function jsonOf(body: unknown): unknown {
  if (!(body instanceof Uint8Array) || body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    throw new CabError('invalid_json', `request body: ${isError(error) ? error.message : ''}`);
  }
}
