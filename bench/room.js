import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** What statfs calls tmpfs: an fsync there costs nothing, and figures of it say nothing. */
const tmpfs = 0x01021994;

/** Thrown into what is measured by Ctrl-C, so that all that was started is stopped and removed. */
export class Interrupted extends Error {}

/**
 * A directory for all that a run makes, gone at its end and not before: ext4 gives out no inode that was freed within the
 * last minutes and passes over them one by one, so that points which make many files would pay for what others removed.
 */
export function openRoom(parent) {
  if (statfsSync(parent).type === tmpfs)
    process.stderr.write(`${parent} is kept in memory: name a disk with --dir\n`);
  const path = mkdtempSync(join(parent, 'cab-bench-'));
  const made = new Map();
  const { interruption, stopListening } = listenForInterruption();
  return {
    path,
    /** Rejects with Interrupted, or never settles. */
    interruption,
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
      stopListening();
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

function listenForInterruption() {
  let reject;
  const interruption = new Promise((_, refuse) => (reject = refuse));
  // Nobody may be listening when it comes.
  interruption.catch(() => undefined);
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(130);
    asked = true;
    process.stderr.write('\ninterrupted; stopping what was started (again: at once)\n');
    reject(new Interrupted('interrupted'));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, onSignal);
  return {
    interruption,
    stopListening: () => signals.forEach((signal) => process.off(signal, onSignal)),
  };
}
