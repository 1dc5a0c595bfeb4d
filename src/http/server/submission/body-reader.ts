import type { Services } from '../endpoint.ts';
import type { ServerOptions, Settings } from '../options.ts';
import { readSubmission, requestOf } from '../../wire/submission-body.ts';

/** Bytes. Reading a body up to this size takes less time than handing it to a thread. */
const smallBody = 64 << 10;

export const bodyReader =
  (
    { unknownFields }: Pick<Settings, 'unknownFields'>,
    readLarge: ServerOptions['readBody'],
  ): Services['readSubmission'] =>
  async (body, left) =>
    readLarge === undefined || body.length <= smallBody
      ? readSubmission(body, unknownFields)
      : requestOf(await readLarge(body, unknownFields, left()));
