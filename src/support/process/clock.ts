import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../../core/model/errors.ts';

/** The time of the job store. Tests pass their own clock and let it jump. */
export interface Clock {
  /** Wall time: shown to people, and the first part of an id. It may jump either way; nothing waits for it. */
  now(): Date;
  /** Whole milliseconds that never go back, the same for all processes of one boot. Leases and delays use this clock. */
  monotonic(): number;
  /** Identifies the boot: a monotonic time means nothing in another boot. */
  readonly boot: string;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => Number((process.hrtime.bigint() - namespaceOffset()) / 1_000_000n),
  get boot() {
    return bootId();
  },
};

let knownBoot: string | undefined;

/** One value from start-up to shut-down of the machine. Empty if the system gives none. */
export function bootId(): string {
  return (knownBoot ??= readBootId());
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch (error) {
    // Only Linux has the file. Elsewhere the boot is empty, so a deadline of an earlier boot is compared like one of this boot.
    // Jobs of dead owners are still released at once, by pid and start time.
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

let knownOffset: bigint | undefined;

/**
 * By how many nanoseconds the monotonic clock of this process is ahead of the machine's. They differ in a time namespace, for
 * example in a container that was moved here. Leases are compared with processes outside of it. See time_namespaces(7).
 */
function namespaceOffset(): bigint {
  return (knownOffset ??= readOffset());
}

function readOffset(): bigint {
  try {
    // The offsets are those of the namespace of children. It differs only between `unshare` and the next program.
    const [own, childrens] = ['time', 'time_for_children'].map((name) =>
      readlinkSync(`/proc/self/ns/${name}`),
    );
    if (own !== childrens) return 0n;
    const offsets = readFileSync('/proc/self/timens_offsets', 'utf8');
    const [, seconds = '0', ns = '0'] = /^monotonic\s+(-?\d+)\s+(\d+)/m.exec(offsets) ?? [];
    return BigInt(seconds) * 1_000_000_000n + BigInt(ns);
  } catch (error) {
    // Linux before 5.6 and other systems have no time namespaces.
    if (errnoOf(error) === undefined) throw error;
    return 0n;
  }
}
