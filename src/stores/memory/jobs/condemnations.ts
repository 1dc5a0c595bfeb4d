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
    if (reliedOn.has(removableName(one)) || isHeld(queue, one)) return false;
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
    if (!holds(queue, stored)) {
      queue.condemned.delete(name);
      queue.forgotten = Math.max(queue.forgotten, stored.at);
    }
}

/** Whether a garbage collection may remove it at any time. */
export function isHeld(queue: MemoryQueue, what: Removable): boolean {
  const stored = queue.condemned.get(removableName(what));
  return stored !== undefined && holds(queue, stored);
}

/** As `isHeld`, or whether it was condemned after the moment and so may be gone. */
function mayBeGone(queue: MemoryQueue, what: Removable, since: Moment | undefined): boolean {
  const stored = queue.condemned.get(removableName(what));
  if (stored === undefined) return false;
  return (since !== undefined && stored.at > since) || holds(queue, stored);
}

const holds = ({ clock, isAlive }: MemoryQueue, { owner, until }: StoredCondemnation): boolean =>
  until !== null && until > clock.monotonic() && isAlive(owner) !== false;

/** @throws NoLongerThere */
export function refuseCondemned(queue: MemoryQueue, { spec, hit, lookedSince }: NewJob): void {
  const isLate = lookedSince !== undefined && lookedSince < queue.forgotten;
  const relied = reliedOnBy(spec, [hit, queue.aliases.get(formatKey(spec.key))]);
  if (isLate || relied.some((what) => mayBeGone(queue, what, lookedSince)))
    throw new NoLongerThere();
}
