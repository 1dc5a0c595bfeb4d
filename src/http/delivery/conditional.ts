/**
 * Whether `If-None-Match` names the digest: in a list, as `*`, weak, or bare as reference clients send it.
 * Not `fresh`: it takes `Cache-Control: no-cache` of the request, which every `fetch` with this header sends, as a
 * wish for the whole body, so that such clients would never see a 304.
 */
export const isKnown = (header: string | undefined, digest: string): boolean =>
  header !== undefined &&
  header.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || isTagOf(tag.replace(/^W\//, ''), digest);
  });

/** Whether a `Range` counts: `If-Range` is absent, or gives the digest. A date or a weak tag never does. */
export const isRangeValid = (header: string | undefined, digest: string): boolean =>
  header === undefined || isTagOf(header.trim(), digest);

const isTagOf = (tag: string, digest: string): boolean => tag === `"${digest}"` || tag === digest;
