/** Waits thousands of times for a job that runs on, and says how many bytes of each wait are kept. */
import { setTimeout as delay } from 'node:timers/promises';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';

const [root = ''] = process.argv.slice(2);
const together = 500;
const rounds = 20;

const runner = new ScriptedRunner();
runner.behave = (_call, { signal }) => delay(1 << 30, undefined, { signal });
const broker = scriptedBroker(root, runner, { graceMs: 1 });
const { job_id } = await broker.submit({ features_text: '1' });
await waits(2);
const before = await heapUsed();
await waits(rounds);
console.log(((await heapUsed()) - before) / (rounds * together));
await broker.close();

async function waits(times: number): Promise<void> {
  for (let round = 0; round < times; round += 1)
    await Promise.allSettled(
      Array.from({ length: together }, () => broker.wait(job_id, { timeoutMs: 1 })),
    );
}

/** After what is over was let go of. */
async function heapUsed(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await delay(20);
  }
  return process.memoryUsage().heapUsed;
}
