import { homedir } from 'node:os';
import { join } from 'node:path';

/** Replaces `~` at the start of a path by the home of this process's user. Shells do not do that after a `=`. */
export const withHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
