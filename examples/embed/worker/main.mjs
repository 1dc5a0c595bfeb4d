// Starts a thread that computes, and asks it for two results.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('./worker.mjs', import.meta.url));
for (const text of ['never twice', 'never twice']) {
  worker.postMessage(text);
  const [{ length, cached }] = await once(worker, 'message');
  console.log(`${length} characters, ${cached ? 'from the store' : 'computed in a thread'}`);
}
worker.postMessage(null);
const [code] = await once(worker, 'exit');
console.log(`the thread ended with ${code}`);
