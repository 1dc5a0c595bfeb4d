// Computes the mean of some numbers once, and looks at what is on record, in strict TypeScript.
import { readFile, writeFile } from 'node:fs/promises';
import { defineRunner, isCabError, openBroker, type JobDocument } from 'content-addressed-broker';

interface Summary {
  readonly count: number;
  readonly mean: number;
}

const summary = defineRunner({
  name: 'summary',
  version: '1',
  async run({ features_path, artifact_path }, { progress }) {
    const values = JSON.parse(await readFile(features_path, 'utf8')) as number[];
    if (values.length === 0) throw new Error('there are no numbers');
    progress(0.5, `adding ${values.length} numbers`);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const found: Summary = { count: values.length, mean };
    await writeFile(artifact_path, JSON.stringify(found));
  },
});

await using broker = await openBroker({ runner: summary });

const first = await broker.run({ input: [1, 2, 6], track_id: 'numbers' });
const again = await broker.run({ input: [1, 2, 6], track_id: 'numbers' });
for (const result of [first, again]) {
  const { mean } = await result.json<Summary>();
  console.log(`mean ${mean}, ${result.cached ? 'from the store' : 'computed'}`);
}

for await (const event of broker.events({ job_id: first.job.job_id }))
  if (event.type === 'progress') console.log(`progress: ${event.data.message}`);

try {
  await broker.run({ input: [] });
} catch (error) {
  if (!isCabError(error, 'runner_failed')) throw error;
  console.log(`refused: ${error.message}`);
}

for await (const job of broker.jobs()) console.log(told(job));

for await (const { path, message } of broker.verify()) console.log(`${path}: ${message}`);

function told(job: JobDocument): string {
  switch (job.status) {
    case 'done':
      return `done: ${job.result.etag.slice(0, 8)}`;
    case 'error':
      return `failed: ${job.problem.code}`;
    case 'pending':
    case 'running':
    case 'canceled':
      return job.status;
    default:
      return job satisfies never;
  }
}
