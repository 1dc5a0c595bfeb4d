import { CabError, isCabError } from '../errors.ts';
import {
  hashInput,
  type HashInput,
  type HashedInput,
  type InputFormat,
  type SentInput,
} from '../hashing/hash-input.ts';
import type { SubmitRequest } from '../model/submit-request.ts';
import type { PathFence } from '../path-fence.ts';

/** @throws CabError invalid_request, if the request gives its input twice */
export function sentInput(request: SubmitRequest): SentInput | undefined {
  const { features_path, features_text: text, features_bytes: bytes } = request;
  const { features_digested: digested } = request;
  const given = [features_path, text, bytes, digested].filter((one) => one !== undefined);
  if (given.length > 1)
    throw new CabError('invalid_request', 'features: give either features or features_path', {
      details: { field: 'features' },
    });
  if (text !== undefined) return { text };
  if (digested !== undefined) return { digested };
  return bytes === undefined ? undefined : { bytes };
}

/** Callers of the reference broker know one code for a file that is not there. */
export async function hashNamed(
  path: string,
  format: InputFormat,
  signal: AbortSignal | undefined,
  fence: PathFence | undefined,
  hash: HashInput = hashInput,
): Promise<HashedInput> {
  try {
    return await hash(path, format, signal, fence);
  } catch (error) {
    if (!isCabError(error, 'input_not_found', 'input_not_file')) throw error;
    const { message, hint, details } = error;
    throw new CabError('features_path_missing', message, { hint, details, cause: error });
  }
}
