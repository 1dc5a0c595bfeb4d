import * as z from 'zod/mini';
import { CabError } from './errors.ts';

/** A path segment that comes from outside: safe as a file name everywhere, never hidden, never `..`. */
const segmentPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Names under `echo/` that a config hash may not have: the pointers, and the HTTP route of jobs. */
const reservedConfigHashes: ReadonlySet<string> = new Set(['index', 'jobs']);

export const isSegment = (text: string): boolean => segmentPattern.test(text);
export const isConfigHash = (text: string): boolean =>
  isSegment(text) && !reservedConfigHashes.has(text);

export const segmentSchema = z
  .string()
  .check(
    z.refine(
      isSegment,
      'expected letters, digits, ".", "_" or "-", at most 128, the first a letter or digit',
    ),
  );
export const configHashSchema = z
  .string()
  .check(z.refine(isConfigHash, 'expected a safe path segment other than "index" and "jobs"'));

/** The name of an entry: the configuration and the input, nothing else. */
export interface EntryKey {
  readonly config_hash: string;
  readonly source_hash: string;
}

export const formatKey = (key: EntryKey): string => `${key.config_hash}/${key.source_hash}`;

/** The inverse of `formatKey`: neither half of a key contains a slash. Checks nothing. */
export function keyOf(text: string): EntryKey {
  const at = text.indexOf('/');
  return { config_hash: text.slice(0, at), source_hash: text.slice(at + 1) };
}

export const sameKey = (a: EntryKey, b: EntryKey): boolean =>
  a.config_hash === b.config_hash && a.source_hash === b.source_hash;

/** @throws CabError unsafe_key, before anything touches the disk */
export function checkedKey(config_hash: string, source_hash: string): EntryKey {
  if (!isConfigHash(config_hash))
    throw new CabError(
      'unsafe_key',
      `config_hash ${JSON.stringify(config_hash)} is not a safe key`,
    );
  if (!isSegment(source_hash))
    throw new CabError(
      'unsafe_key',
      `source_hash ${JSON.stringify(source_hash)} is not a safe key`,
    );
  return { config_hash, source_hash };
}
