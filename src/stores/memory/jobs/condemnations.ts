/** What garbage collection condemned, in a queue in memory. */
import { NoLongerThere, type NewJob } from '../../../core/ports/jobs/job-queue.ts';
import {
  namesOf,
  reliedOnBy,
  removableName,
  type Removable,
} from '../../../core/model/entry/removable.ts';
import { condemnedMs, type Condemned, type Moment } from '../../../core/ports/jobs/retention.ts';
import { formatKey } from '../../../core/model/entry/key.ts';
import { currentOwner } from '../../../support/process/owner.ts';
import type { MemoryQueue, StoredCondemnation } from './memory-queue.ts';
import { arrivedSince } from './retention.ts';

export function condemn(queue: MemoryQueue, what: readonly Removable[], upTo: number): Condemned {
  const arrived = arrivedSince(queue, upTo);
  const reliedOn = namesOf(arrived.of);
  const condemned = what.map((one) => {
    if (reliedOn.has(removableName(one)) || wasCondemned(queue, one)) return false;
    queue.moment += 1;
    const until = queue.clock.monotonic() + condemnedMs;
    queue.condemned.set(removableName(one), { at: queue.moment, owner: currentOwner(), until });
    return true;
  });
  return { condemned, arrived };
}

export function release({ condemned }: MemoryQueue, what: readonly Removable[]): void {
  for (const name of what.map(removableName)) {
    const stored = condemned.get(name);
    if (stored !== undefined) condemned.set(name, { ...stored, until: null });
  }
}

export function forgetReleased(queue: MemoryQueue): void {
  for (const [name, stored] of queue.condemned)
    if (!isHeld(queue, stored)) {
      queue.condemned.delete(name);
      queue.forgotten = Math.max(queue.forgotten, stored.at);
    }
}

/** Whether this is condemned, or was after the moment. */
export function wasCondemned(queue: MemoryQueue, what: Removable, since = never): boolean {
  const stored = queue.condemned.get(removableName(what));
  return stored !== undefined && (stored.at > since || isHeld(queue, stored));
}

const never: Moment = Number.MAX_SAFE_INTEGER;

/** Whether its garbage collection may still remove it. */
const isHeld = ({ clock, isAlive }: MemoryQueue, { owner, until }: StoredCondemnation): boolean =>
  until !== null && until > clock.monotonic() && isAlive(owner) !== false;

/** @throws NoLongerThere */
export function refuseCondemned(queue: MemoryQueue, { spec, hit, lookedSince }: NewJob): void {
  const isLate = lookedSince !== undefined && lookedSince < queue.forgotten;
  const relied = reliedOnBy(spec, [hit, queue.aliases.get(formatKey(spec.key))]);
  if (isLate || relied.some((what) => wasCondemned(queue, what, lookedSince)))
    throw new NoLongerThere();
}
