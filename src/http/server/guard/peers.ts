/**
 * Refuses other users of this machine if no token does. It decides once a connection, so a request on a kept
 * connection costs one look into a map.
 */
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import type { Logger } from '../../../support/logger.ts';
import { PeerTable } from './peer-table.ts';

type Verdict = 'admitted' | CabError;

export class PeerGuard {
  readonly #uids: ReadonlySet<number>;
  readonly #table: PeerTable;
  readonly #verdicts = new WeakMap<Socket, Verdict | Promise<Verdict>>();

  constructor(uids: ReadonlySet<number>, table: PeerTable) {
    this.#uids = uids;
    this.#table = table;
  }

  /** Asks as soon as a peer connects, because a peer that sends and leaves cannot be identified later. */
  watch(server: Server): void {
    server.on('connection', (socket) => void this.#verdictOn(socket));
  }

  /** Passes requests of admitted peers to `listener`, and all others to `refusing`, which calls `check`. */
  before(listener: RequestListener, refusing: RequestListener): RequestListener {
    return (request, response) => {
      const verdict = this.#verdictOn(request.socket);
      if (verdict === 'admitted') listener(request, response);
      else
        void Promise.resolve(verdict).then((known) =>
          (known === 'admitted' ? listener : refusing)(request, response),
        );
    };
  }

  /** Checks a connection whose request came through `before`. @throws CabError user_refused */
  check(socket: Socket): void {
    const verdict = this.#verdicts.get(socket);
    if (verdict === 'admitted') return;
    throw verdict instanceof CabError ? verdict : unknownPeer();
  }

  #verdictOn(socket: Socket): Verdict | Promise<Verdict> {
    const known = this.#verdicts.get(socket);
    if (known !== undefined) return known;
    const found = this.#ask(socket).then((verdict) => {
      this.#verdicts.set(socket, verdict);
      return verdict;
    });
    this.#verdicts.set(socket, found);
    return found;
  }

  /** Never rejects. */
  async #ask(socket: Socket): Promise<Verdict> {
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    if (
      remoteAddress === undefined ||
      remotePort === undefined ||
      localAddress === undefined ||
      localPort === undefined
    )
      return unknownPeer();
    try {
      const ends = { remoteAddress, remotePort, localAddress, localPort };
      const uid = await this.#table.uidOf(ends);
      if (uid === undefined) return unknownPeer();
      return this.#uids.has(uid) ? 'admitted' : otherUser(uid);
    } catch (error) {
      return new CabError(
        'user_refused',
        `which user calls cannot be told (${errnoOf(error) ?? 'unknown'})`,
        { cause: error },
      );
    }
  }
}

/**
 * Null if every peer is admitted: the settings say so, or the system cannot identify users, which is then logged.
 * @param uids null: every peer
 */
export async function peerGuardOf(
  uids: ReadonlySet<number> | null,
  logger: Pick<Logger, 'warn'> | undefined,
  table = new PeerTable(),
): Promise<PeerGuard | null> {
  if (uids === null) return null;
  if (await table.isThere()) return new PeerGuard(uids, table);
  logger?.warn(
    {},
    'this system does not tell which user calls: every user of this machine may, unless tokens are set',
  );
  return null;
}

const otherUser = (uid: number): CabError =>
  new CabError('user_refused', `the user with the uid ${uid} may not call this daemon`, {
    details: { uid },
  });

const unknownPeer = (): CabError =>
  new CabError(
    'user_refused',
    'the process that calls is not seen on this machine, as from another container: this daemon, which has no tokens, cannot tell whose it is',
  );
