import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemonPlaces } from './daemon-places.ts';

/** The path of the daemon's Unix socket, and its removal. */
export interface DaemonSocket {
  readonly path: string;
  /** Removes the socket's file and its private directory, if it has one. Idempotent. */
  remove(): Promise<void>;
}

/** Bytes that fit into the address of a socket on macOS and the BSDs. Linux takes 107. */
const longestPath = 103;

/**
 * `.cab/daemon.sock`. If that is too long for an address, the socket lies in a new private directory, whose path is
 * in the daemon's file. Only the holder of the claim may call this, because it removes the socket of a dead daemon.
 */
export async function daemonSocket(root: string): Promise<DaemonSocket> {
  const { socket: path } = daemonPlaces(root);
  if (Buffer.byteLength(path) <= longestPath) {
    await rm(path, { force: true });
    return { path, remove: () => rm(path, { force: true }) };
  }
  const { XDG_RUNTIME_DIR: own = '' } = process.env;
  const elsewhere = await mkdtemp(join(own === '' ? tmpdir() : own, 'cab-'));
  return {
    path: join(elsewhere, 'daemon.sock'),
    remove: () => rm(elsewhere, { recursive: true, force: true }),
  };
}
