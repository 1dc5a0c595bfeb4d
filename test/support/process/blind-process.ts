/** Ends a process while no descriptor is left to look for it with, and says how it ended. Run it with few descriptors. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { terminateTree } from '../../../src/support/process/process-tree.ts';
import { allDescriptors } from '../../helpers/descriptors.ts';

const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
const exited = once(child, 'exit');
const taken = allDescriptors();
const ended = terminateTree({ pid: child.pid ?? null, started: null, mark: 'unlike any' });
// It looks, in vain.
await Promise.race([ended, delay(50)]);
for (const descriptor of taken) closeSync(descriptor);
await ended;
const [, signal] = await exited;
console.log(signal);
