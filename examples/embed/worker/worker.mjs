// The thread: it opens a broker of its own, and ends once nothing keeps it.
import { readFile, writeFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { defineRunner, openBroker } from 'content-addressed-broker';

const length = defineRunner({
  name: 'length',
  version: '1',
  async run({ features_path, artifact_path }) {
    const text = await readFile(features_path, 'utf8');
    await writeFile(artifact_path, JSON.stringify({ length: text.length }));
  },
});

const broker = await openBroker({ runner: length });
parentPort.on('message', async (text) => {
  if (text === null) {
    await broker.close();
    parentPort.close();
    return;
  }
  const result = await broker.run({ input: text });
  parentPort.postMessage({ ...(await result.json()), cached: result.cached });
});
