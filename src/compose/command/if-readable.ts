import { isCabError } from '../../core/model/errors.ts';

/** Undefined for an entry or a pointer that is not there, or is damaged: then nothing is known of the run before. */
export async function ifReadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isCabError(error, 'not_found', 'manifest_invalid', 'pointer_invalid')) return undefined;
    throw error;
  }
}
