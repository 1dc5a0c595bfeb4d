import { join, resolve } from 'node:path';

/** The paths of a daemon's own files below its root. */
export interface DaemonPlaces {
  readonly directory: string;
  /** Names the process that serves the root. */
  readonly file: string;
  readonly socket: string;
  /** Temporary files, on the same file system. */
  readonly temporary: string;
}

export function daemonPlaces(root: string): DaemonPlaces {
  const directory = join(resolve(root), '.cab');
  return {
    directory,
    file: join(directory, 'daemon.json'),
    socket: join(directory, 'daemon.sock'),
    temporary: join(directory, 'tmp'),
  };
}
