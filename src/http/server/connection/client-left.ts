import type { ServerResponse } from 'node:http';
import { CabError } from '../../../core/model/errors.ts';

/** Aborted when the connection ends before the answer: nobody waits for it any more. */
export function clientLeft(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const end = (): void => left.abort(new CabError('canceled', 'the client left before the answer'));
  if (response.destroyed) end();
  else response.once('close', end);
  return left.signal;
}
