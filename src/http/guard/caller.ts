import type { IncomingHttpHeaders } from 'node:http';
import type { Settings } from '../options.ts';
import { hostGuard } from './host.ts';
import { originGuard } from './origin.ts';

/** Refuses what a web page makes the user's browser send. */
export function callerGuard(settings: Settings) {
  const checkHost = hostGuard(settings);
  const checkOrigin = originGuard(settings);
  return (headers: IncomingHttpHeaders): void => {
    checkHost(headers.host);
    checkOrigin(headers);
  };
}
