import { canonicalJson } from '../core/hashing/json/canonical-json.ts';
import { isCabError, type CabError } from '../core/model/errors.ts';

/** An error that names the line and column at which a text is not JSON. Undefined if it is JSON. */
export function jsonFault(text: string, name: string): CabError | undefined {
  try {
    canonicalJson(Buffer.from(text), name);
    return undefined;
  } catch (error) {
    if (isCabError(error)) return error;
    throw error;
  }
}
