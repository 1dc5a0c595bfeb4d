import { homedir } from 'node:os';
import { join } from 'node:path';

/** A path as it was written, `~` at its start being the home of this process's user. Shells leave it where it follows a `=`. */
export const withHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
