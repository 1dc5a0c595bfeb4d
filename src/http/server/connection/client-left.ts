import type { ServerResponse } from 'node:http';
import { CabError } from '../../../core/model/errors.ts';

/** A signal that is aborted if the connection ends before the answer: then nobody waits for it. */
export function clientLeft(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const end = (): void => left.abort(new CabError('canceled', 'the client left before the answer'));
  if (response.destroyed) end();
  else response.once('close', end);
  return left.signal;
}
