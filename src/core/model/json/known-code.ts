import * as z from 'zod/mini';
import { isErrorCode, type ErrorCode } from '../errors.ts';

/** A code of a failure. A later cab may store or send one that this cab does not know; that counts as `other`. */
export const knownCode = (other: ErrorCode) =>
  z.pipe(
    z.string(),
    z.transform((code): ErrorCode => (isErrorCode(code) ? code : other)),
  );
