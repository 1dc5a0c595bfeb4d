import type { IncomingMessage } from 'node:http';
import { CabError } from '../../../core/model/errors.ts';
import type { Settings } from '../options.ts';
import { hostGuard } from './host.ts';
import { originGuard } from './origin.ts';

/** The parts of a request that show who sends it. */
export type Calling = Pick<IncomingMessage, 'headers' | 'rawHeaders'>;

/** Refuses requests that a web page makes the user's browser send. */
export function callerGuard(settings: Settings) {
  const checkHost = hostGuard(settings);
  const checkOrigin = originGuard(settings);
  return ({ headers, rawHeaders }: Calling): void => {
    refuseTwoHosts(rawHeaders);
    checkHost(headers.host);
    checkOrigin(headers);
  };
}

/**
 * Refuses two `Host` headers, because a proxy in front may have checked the other one (RFC 9112, 3.2). `headers`
 * holds only the first.
 */
function refuseTwoHosts(rawHeaders: readonly string[]): void {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1;
  if (hosts > 1)
    throw new CabError('invalid_request', 'the request has more than one Host header', {
      hint: 'Send one.',
    });
}
