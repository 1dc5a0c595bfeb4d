import type { IncomingHttpHeaders } from 'node:http';
import { shortened } from '../../../support/text/shortened.ts';
import { CabError } from '../../../core/model/errors.ts';

/**
 * Whether `If-None-Match` names the digest: in a list, as `*`, weak, or without quotes, as reference clients send it.
 * The package `fresh` does not fit: for `Cache-Control: no-cache`, which every `fetch` with this header sends, it
 * asks for the whole body, so such clients would never get a 304.
 */
export const isKnown = (header: string | undefined, digest: string): boolean =>
  header !== undefined &&
  listed(header).some((tag) => tag === '*' || isTagOf(tag.replace(/^W\//, ''), digest));

/** Whether a `Range` counts: `If-Range` is absent, or gives the digest. A date or a weak tag never counts. */
export const isRangeValid = (header: string | undefined, digest: string): boolean =>
  header === undefined || isTagOf(header.trim(), digest);

/**
 * Throws precondition_failed if `If-Match` names another representation, or if there is no `If-Match` and this one
 * was modified after `If-Unmodified-Since` (RFC 9110, 13.1). A weak tag never matches. An invalid date, or an unknown
 * modification time, is ignored. `modifiedAt` is called only if it is needed.
 */
export async function checkPreconditions(
  headers: IncomingHttpHeaders,
  digest: string,
  modifiedAt: () => Promise<string | null | undefined>,
): Promise<void> {
  const match = headers['if-match'];
  const since = headers['if-unmodified-since'];
  if (match !== undefined) {
    if (!listed(match).some((tag) => tag === '*' || isTagOf(tag, digest)))
      throw failed('If-Match', `${match} is not what stands here`);
  } else if (since !== undefined && isHttpDate(since)) {
    const modified = Date.parse((await modifiedAt()) ?? '');
    // The header has no fractions of a second.
    if (Math.floor(modified / 1000) * 1000 > Date.parse(since))
      throw failed('If-Unmodified-Since', `it was modified after ${since}`);
  }
}

const failed = (header: string, problem: string): CabError =>
  new CabError('precondition_failed', `${header}: ${shortened(problem, 200)}`);

const listed = (header: string): string[] => header.split(',').map((part) => part.trim());

/** True for the current date format of HTTP and for its older ones. `Date.parse` accepts more. */
const isHttpDate = (text: string): boolean =>
  /^[A-Z][a-z]{2,8},? /.test(text) && !Number.isNaN(Date.parse(text));

const isTagOf = (tag: string, digest: string): boolean => tag === `"${digest}"` || tag === digest;
