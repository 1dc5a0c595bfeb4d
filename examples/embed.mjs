// A program that embeds the broker, with a runner object of its own.
// Run it after a build: node examples/embed.mjs
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { defineRunner, openBroker } from 'content-addressed-broker';

const wordCount = defineRunner({
  name: 'word-count',
  version: '1',
  async run({ features_path, artifact_path }, { signal, progress }) {
    const input = await readFile(features_path, { encoding: 'utf8', signal });
    progress(0.5, 'counting');
    const words = input.split(/\s+/).filter(Boolean).length;
    await writeFile(artifact_path, JSON.stringify({ words }));
  },
});

const folder = await mkdtemp(join(tmpdir(), 'cab-embed-'));
const notes = join(folder, 'notes.txt');
await writeFile(notes, 'computed once and never served wrong');

const broker = await openBroker({ root: join(folder, 'tree'), runner: wordCount });
try {
  for (const attempt of ['first', 'again']) {
    const { job_id } = await broker.submit({ features_path: notes, track_id: 'notes' });
    const job = await broker.wait(job_id);
    console.log(`${attempt}: ${job.status}, ${job.cached ? 'from the store' : 'computed'}`);
  }
  const artifact = await broker.open(await broker.pointer('notes'));
  console.log(`artifact: ${await text(artifact.stream())}`);
} finally {
  await broker.close();
  await rm(folder, { recursive: true });
}
