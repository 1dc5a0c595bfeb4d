import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemonPlaces } from './daemon-places.ts';

/** A place for the daemon's Unix socket. */
export interface DaemonSocket {
  readonly path: string;
  /** Removes the socket's file, and what was made for it. Idempotent. */
  remove(): Promise<void>;
}

/** Bytes of a socket's path that fit into the address, on macOS and the BSDs; Linux takes 107. */
const longestPath = 103;

/**
 * `.cab/daemon.sock`, or where that is too long for an address, one in a fresh private directory, which the daemon's
 * file names. For the holder of the claim alone: what a daemon that died left in the place is removed.
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
