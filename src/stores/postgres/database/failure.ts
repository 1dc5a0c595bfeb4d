/** What failures of PostgreSQL and of the way to it mean. Codes: https://www.postgresql.org/docs/15/errcodes-appendix.html */
import { CabError, errnoOf, isError, type ErrorCode } from '../../../core/model/errors.ts';
import { isDistrusted, isLost as isBroken } from '../../../support/network/lost-connection.ts';

/** The connection is gone or the server does not serve now; another connection may do. */
export function isLost(error: unknown): boolean {
  const code = errnoOf(error);
  if (code === undefined) return isError(error) && lostMessage.test(error.message);
  return lostState.test(code) || (isBroken(error) && !isDistrusted(error));
}

/** The connection, the server's end or its start, a standby, no free place, a transaction that was idle for too long. */
const lostState = /^(08|57P0[123]|25006|53300|25P03)/;

/** The client gives these no code. */
const lostMessage =
  /^(Connection terminated|Query read timeout|timeout e(xceeded|xpired)|Client (has encountered a connection error|was closed))/;

/** Two transactions were in each other's way, and this one was given up: it may run again. */
export const isConflict = (error: unknown): boolean =>
  ['40001', '40P01', '55P03'].includes(errnoOf(error) ?? '') || isKeyTaken(error);

/** Two claims took jobs of different lanes with one key: the second one looks again, and passes over it. */
const isKeyTaken = (error: unknown): boolean =>
  errnoOf(error) === '23505' &&
  isError(error) &&
  'constraint' in error &&
  error.constraint === 'jobs_running';

/** Keyed by the beginning of the code, the longest first. */
const failures: readonly (readonly [prefix: string, code: ErrorCode, what: string])[] = [
  ['28', 'queue_refused', 'does not accept this user or password'],
  ['3D000', 'queue_refused', 'is not there: the server has no such database'],
  ['42501', 'queue_refused', 'does not permit this user to do that'],
  ['53100', 'no_space', 'cannot grow: no space is left on the disk of its server'],
  ['53', 'queue_unreachable', 'has no room for more'],
  ['40', 'queue_busy', 'is held by other transactions'],
  ['55P03', 'queue_busy', 'is held by other transactions'],
  ['57014', 'queue_busy', 'took too long to answer'],
  ['42P01', 'queue_unreadable', 'has lost tables'],
  ['3F000', 'queue_unreadable', 'has lost its tables'],
  ['XX', 'queue_unreadable', 'is damaged'],
  ['58', 'queue_unreadable', 'cannot be read by its server'],
];

/** A failure as a CabError that names the job store. Any other error, for example a defect, is given back unchanged. */
export function queueFailure(error: unknown, queue: string): unknown {
  if (isLost(error))
    return new CabError('queue_unreachable', `the job store ${queue} does not answer`, {
      details: { queue, ...reasonOf(error) },
      cause: error,
    });
  if (isUntrusted(error))
    return new CabError('queue_refused', `the job store ${queue} cannot be reached safely`, {
      hint: 'Check sslmode and sslrootcert in its address, and the certificate of the server.',
      details: { queue, ...reasonOf(error) },
      cause: error,
    });
  const found = failures.find(([prefix]) => (errnoOf(error) ?? '').startsWith(prefix));
  if (found === undefined) return error;
  const [, code, what] = found;
  return new CabError(code, `the job store ${queue} ${what}`, {
    details: { queue, ...reasonOf(error) },
    cause: error,
  });
}

/** A server without TLS is told by a message alone. */
const isUntrusted = (error: unknown): boolean =>
  isDistrusted(error) || (isError(error) && error.message.includes('SSL connections'));

const reasonOf = (error: unknown) => (isError(error) ? { reason: error.message } : {});
