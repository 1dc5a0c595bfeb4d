/** What a watcher finds that an earlier one was about to submit. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { fingerprintOf } from '../../src/core/hashing/fingerprint.ts';
import { SqliteSeenFiles } from '../../src/stores/sqlite/seen/sqlite-seen-files.ts';
import { statsOf } from '../../src/watch/scan.ts';
import { eachWatching, quiet } from './watching.ts';

const now = eachWatching();

/** Leaves files as a watcher does that ends right after it wrote down what it will submit. */
async function intended(...names: readonly string[]): Promise<void> {
  await mkdir(dirname(now().seenFile), { recursive: true });
  const seen = await SqliteSeenFiles.open(now().seenFile, now().path(''));
  for (const name of names) {
    await now().write(`${name}.features.json`, JSON.stringify({ name }));
    const path = `${name}.features.json`;
    const stats = await statsOf(now().path(path));
    const fingerprint = stats === undefined ? 'gone' : fingerprintOf(stats);
    await seen.intend({ path, fingerprint, track_id: `${name}.features`, run_id: runOf(name) });
  }
  await seen.close();
}

const runOf = (name: string): string => `run-${name}`;

it('waits for the job of a file that was accepted, and submits one that was not', async () => {
  const watching = now();
  await intended('accepted', 'lost', 'other');
  for (const name of ['accepted', 'other']) {
    const features_path = watching.path(`${name}.features.json`);
    const run_id = runOf(name);
    await watching.broker.submit({ features_path, track_id: `${name}.features`, run_id });
  }
  const watcher = await watching.watch();
  await watching.ended(3);
  await quiet(watcher);
  expect(await watching.tracks()).toEqual(['accepted.features', 'lost.features', 'other.features']);
  expect(await watcher.status()).toMatchObject({ done: 3, failed: 0 });
});
