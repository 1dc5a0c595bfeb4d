import { CabError } from '../../../core/model/errors.ts';
import { isLoopbackHost, type Settings } from '../options.ts';

/**
 * Refuses a `Host` that is not this daemon's. A web page can make its own name resolve to this machine (DNS
 * rebinding), and then calls as if from the same origin. It cannot send another name than its own.
 */
export function hostGuard({ isLoopback, host, allowedHosts }: Settings) {
  const names = new Set([host, ...allowedHosts].map((name) => name.toLowerCase()));
  const isChecked = isLoopback || allowedHosts.length > 0;
  return (header: string | undefined): void => {
    // No browser sends a request without the header (HTTP/1.0).
    if (!isChecked || header === undefined) return;
    const name = nameOf(header);
    if (name !== undefined && (names.has(name) || isLoopbackHost(name))) return;
    throw new CabError('host_refused', `the host ${JSON.stringify(header)} is not served here`);
  };
}

/** The name without the port. */
const nameOf = (header: string): string | undefined =>
  /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?$/i.exec(header)?.[1]?.toLowerCase();
