import { createHash, timingSafeEqual } from 'node:crypto';
import { CabError } from '../../../core/model/errors.ts';
import type { Role, Token } from '../options.ts';

/** Checks `Authorization` against the role that a route needs; `null` is open to all. */
export function tokenGuard(tokens: readonly Token[]) {
  const known = tokens.map(({ token, role }) => ({ digest: digestOf(token), role }));
  return (header: string | undefined, wanted: Role | null): void => {
    if (known.length === 0 || wanted === null) return;
    const roles = rolesOf(header, known);
    if (roles.length === 0)
      throw new CabError(
        'unauthorized',
        header === undefined ? 'the request has no token' : 'the token is not known here',
      );
    if (wanted === 'write' && !roles.includes('write'))
      throw new CabError('forbidden', 'the token may read alone');
  };
}

/** Tells the role of a caller that `tokenGuard` let in. Without tokens everyone may do everything. */
export function roleGuard(tokens: readonly Token[]) {
  const known = tokens.map(({ token, role }) => ({ digest: digestOf(token), role }));
  return (header: string | undefined): Role =>
    known.length === 0 || rolesOf(header, known).includes('write') ? 'write' : 'read';
}

interface KnownToken {
  readonly digest: Buffer;
  readonly role: Role;
}

/** Compares the digests of all tokens, so that the time shows neither a token's length nor its position in the list. */
function rolesOf(header: string | undefined, known: readonly KnownToken[]): Role[] {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (given === undefined) return [];
  const digest = digestOf(given);
  return known
    .map((token) => ({ role: token.role, isEqual: timingSafeEqual(token.digest, digest) }))
    .filter(({ isEqual }) => isEqual)
    .map(({ role }) => role);
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
