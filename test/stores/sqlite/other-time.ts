/** Run in another time namespace: what it thinks of the owner that it is given, and what time it is. */
import { systemClock } from '../../../src/support/process/clock.ts';
import { isAlive } from '../../../src/support/process/owner.ts';
import type { Owner } from '../../../src/core/model/job/job.ts';

const owner = JSON.parse(process.argv[2] ?? '') as Owner;
console.log(JSON.stringify({ alive: isAlive(owner), now: systemClock.monotonic() }));
