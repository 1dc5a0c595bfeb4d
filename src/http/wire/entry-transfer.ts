/** How entries go from one broker to another: headers and answers, for both ends. */
import * as z from 'zod/mini';
import { digestSchema } from '../../core/model/entry/manifest.ts';
import { configHashSchema, segmentSchema } from '../../core/model/entry/key.ts';

/** Header of a question that brokers pass on: their ids, the first first, with commas. */
export const viaHeader = 'cab-via';

export const viaText = (via: readonly string[]): string => via.join(', ');

/** What is not an id is left out: the header only ends rings. */
export const viaOf = (header: string | string[] | undefined): readonly string[] =>
  [header ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((id) => id.trim())
    .filter((id) => /^[\w-]{1,64}$/.test(id))
    .slice(0, mostVia);

const mostVia = 32;

export const bytesType = 'application/octet-stream';

/** `Repr-Digest` (RFC 9530) of a SHA-256 in hex. */
export const digestText = (sha256: string): string =>
  `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;

/** The SHA-256 in hex; undefined if the header gives none. */
export function digestOf(header: string | string[] | undefined): string | undefined {
  const [, base64] =
    /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec([header ?? ''].flat().join(',')) ?? [];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex');
}

/** The answer to the manifest of an entry. */
export const takenEntrySchema = z.object({
  /** `stands`: this very entry was there already. */
  outcome: z.enum(['published', 'stands']),
  config_hash: configHashSchema,
  source_hash: segmentSchema,
  /** SHA-256 of the artifact. */
  etag: digestSchema,
});

/** `details` of the error files_missing; the first thousand files. */
export const missingFilesSchema = z.object({
  files: z.array(z.object({ path: z.string(), sha256: digestSchema })),
});
