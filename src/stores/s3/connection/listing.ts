import { XMLParser } from 'fast-xml-parser';
import * as z from 'zod/mini';
import { notS3 } from './answer-error.ts';
import type { BucketAddress } from './bucket-address.ts';

export interface ListedObject {
  /** Below the prefix of the store. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written, in milliseconds of wall time; servers give whole seconds or milliseconds. */
  readonly modified: number;
}

/** One page of a listing, sorted by key. */
export interface ListedPage {
  readonly objects: readonly ListedObject[];
  /** What lies below a folder is one of these, with a `/` at its end. */
  readonly folders: readonly string[];
  /** Undefined: this is the last page. */
  readonly next: string | undefined;
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === 'Contents' || name === 'CommonPrefixes',
});

const pageSchema = z.object({
  ListBucketResult: z.object({
    IsTruncated: z.optional(z.string()),
    NextContinuationToken: z.optional(z.string()),
    Contents: z.optional(
      z.array(z.object({ Key: z.string(), Size: z.string(), LastModified: z.string() })),
    ),
    CommonPrefixes: z.optional(z.array(z.object({ Prefix: z.string() }))),
  }),
});

/** Parses the answer to ListObjectsV2 with `encoding-type=url`. @throws CabError store_refused */
export function parseListing(text: string, address: BucketAddress): ListedPage {
  const parsed = pageSchema.safeParse(documentIn(text, address));
  if (!parsed.success) throw notS3(address, listed, parsed.error);
  const { prefix } = address;
  const { IsTruncated, NextContinuationToken, Contents, CommonPrefixes } =
    parsed.data.ListBucketResult;
  const hasMore = IsTruncated === 'true';
  // A listing that ends early would let garbage collection miss what still needs an entry.
  if (hasMore && !NextContinuationToken) throw notS3(address, listed, 'no NextContinuationToken');
  const below = (key: string): string => decoded(key).slice(prefix.length);
  return {
    objects: (Contents ?? []).map(({ Key, Size, LastModified }) => ({
      key: below(Key),
      size: Number(Size),
      modified: Date.parse(LastModified),
    })),
    folders: (CommonPrefixes ?? []).map(({ Prefix }) => below(Prefix)),
    next: hasMore ? NextContinuationToken : undefined,
  };
}

function documentIn(text: string, address: BucketAddress): unknown {
  try {
    return parser.parse(text);
  } catch (error) {
    throw notS3(address, listed, error);
  }
}

const listed = 'the answer to a listing';

const decoded = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));
