import { canonicalJson } from '../core/hashing/json/canonical-json.ts';
import { isCabError, type CabError } from '../core/model/errors.ts';

/** Where a text stops being JSON: an error that names the line and the column. Undefined for JSON. */
export function jsonFault(text: string, name: string): CabError | undefined {
  try {
    canonicalJson(Buffer.from(text), name);
    return undefined;
  } catch (error) {
    if (isCabError(error)) return error;
    throw error;
  }
}
