import { CabError, isCabError } from '../errors.ts';
import { hashInput, type HashedInput, type InputFormat } from '../hashing/hash-input.ts';

/** Callers of the reference broker know one code for a file that is not there. */
export async function hashNamed(
  path: string,
  format: InputFormat,
  signal: AbortSignal | undefined,
): Promise<HashedInput> {
  try {
    return await hashInput(path, format, signal);
  } catch (error) {
    if (!isCabError(error, 'input_not_found', 'input_not_file')) throw error;
    const { message, hint, details } = error;
    throw new CabError('features_path_missing', message, { hint, details, cause: error });
  }
}
