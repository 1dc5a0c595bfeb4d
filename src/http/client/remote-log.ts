import { buffer } from 'node:stream/consumers';
import { CabError } from '../../core/model/errors.ts';
import type { LogPiece } from '../../core/model/job/log-piece.ts';
import * as wire from '../wire/protocol.ts';
import type { Connection } from './connection.ts';

/** As `Broker.log`. An older daemon says only where the next piece begins. */
export function remoteLog(
  connection: Connection,
  id: string,
  from: number,
  most: number | undefined,
): Promise<LogPiece> {
  const path = wire.paths.log(id);
  const window = from < 0 ? { tail: -from, bytes: most } : { from, bytes: most };
  return connection.ask({ path, query: window }, async ({ body, headers }) => {
    const said = (header: string): number | undefined => {
      const value = Number(headers[header]);
      return Number.isSafeInteger(value) ? value : undefined;
    };
    const next = said(wire.logNextHeader);
    if (next === undefined)
      throw new CabError(
        'answer_invalid',
        `${connection.whence}: ${path} does not say how far it goes`,
      );
    return {
      text: (await buffer(body)).toString('utf8'),
      from: said(wire.logFromHeader) ?? from,
      next,
      size: said(wire.logSizeHeader) ?? next,
    };
  });
}
