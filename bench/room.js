import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** What statfs calls tmpfs: an fsync there costs nothing, and figures of it say nothing. */
const tmpfs = 0x01021994;

/** A directory for all that a run makes; gone at its end, also when it is interrupted. */
export function openRoom(parent) {
  if (statfsSync(parent).type === tmpfs)
    process.stderr.write(`${parent} is kept in memory: name a disk with --dir\n`);
  const path = mkdtempSync(join(parent, 'cab-bench-'));
  const close = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  const interrupted = () => {
    process.stderr.write('\ninterrupted; clearing up\n');
    // What was started ends first: execa ends its children as this process exits.
    process.once('exit', close);
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  const made = new Map();
  return {
    path,
    /** A fresh directory within. */
    dir(name) {
      const fresh = join(path, name);
      mkdirSync(fresh);
      return fresh;
    },
    /** What several points use is made by the first that asks; it stays until the end of the run. */
    shared(name, make) {
      if (!made.has(name)) made.set(name, make(join(path, `shared-${name}`)));
      return made.get(name);
    },
    close() {
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', interrupted);
      close();
    },
  };
}
