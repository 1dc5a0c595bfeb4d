import type { IncomingHttpHeaders } from 'node:http';
import { CabError } from '../../../core/model/errors.ts';
import type { Settings } from '../options.ts';

/**
 * Refuses requests from a web page of another origin. Browsers mark them by `Origin` (fetch, forms) or by
 * `Sec-Fetch-Site` (images, scripts, links). Programs send neither.
 */
export function originGuard({ corsOrigins }: Settings) {
  const allowed = new Set(corsOrigins);
  return ({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): void => {
    if (origin !== undefined && allowed.has(origin)) return;
    const isSame = origin === undefined || isOriginOf(host, origin);
    if (isSame && site !== 'cross-site' && site !== 'same-site') return;
    throw new CabError(
      'origin_refused',
      `a web page of ${origin ?? 'another site'} may not call this daemon`,
    );
  };
}

/** Accepts either scheme, because a proxy in front may end the encryption. */
const isOriginOf = (host: string | undefined, origin: string): boolean =>
  host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
