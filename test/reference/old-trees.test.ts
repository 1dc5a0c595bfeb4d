/** Trees and job stores that cab wrote before: they read, verify and collect as they are. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { brokerOnRoot } from '../../src/compose/stores/broker-on-root.ts';
import { repair } from '../../src/core/maintenance/verify/repair/repair.ts';
import { collect, day } from '../helpers/collection.ts';
import { fixtureTracks, fixtureTree } from '../helpers/fixture-tree.ts';
import { scriptedOptions } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { verifyTree } from '../helpers/verifying.ts';

async function opened() {
  const root = await fixtureTree('cab-0.1-tree');
  const broker = brokerOnRoot(scriptedOptions(root, new ScriptedRunner(), { work: 'none' }));
  onTestFinished(() => broker.close());
  return { root, broker };
}

it('a tree of 0.1 gives its tracks, their histories and its jobs', async () => {
  const { root, broker } = await opened();
  const { tracks, unreadable } = await broker.tracks();
  expect(unreadable).toEqual([]);
  expect(tracks.map(({ track_id }) => track_id)).toEqual(['ballad', 'prog', 'what? (demo)']);
  for (const { track_id, sha256 } of await fixtureTracks(root)) {
    const pointer = await broker.pointer(track_id);
    expect(pointer.etag).toBe(sha256);
    const file = await broker.open(pointer, pointer.artifact.split('/').at(-1));
    expect((await text(file.stream())).length).toBeGreaterThan(0);
  }
  expect(await broker.history('ballad')).toHaveLength(2);
  expect(await broker.counts()).toMatchObject({ pending: 1, done: 4, error: 1 });
  const [failed] = (await broker.jobs({ status: 'error' })).jobs;
  expect(failed).toMatchObject({ track_id: 'failing', problem: { code: 'runner_failed' } });
});

it('a tree of 0.1 is sound, and its pointers take the new form with a repair', async () => {
  const { root, broker } = await opened();
  await broker.close();
  const before = await verifyTree(root);
  expect(before).toMatchObject({ sound: true, findings: [], pointers: 3 });
  expect(await verifyTree(root, {}, (verify) => repair(verify, 'test'))).toMatchObject({
    sound: true,
  });
  const pointer = await readFile(join(layoutOf(root).index, 'ballad.json'), 'utf8');
  expect(JSON.parse(pointer)).toMatchObject({
    artifact: expect.stringMatching(/^\/echo\/\w+\/\w+\/historical_echo\.json$/),
    manifest: expect.stringMatching(/^\/echo\/\w+\/\w+\/manifest\.json$/),
  });
});

it('a tree of 0.1 keeps what its tracks, its pins and its queue need when it is collected', async () => {
  const { root, broker } = await opened();
  await collect(root, { now: Date.now() + 400 * day, graceMs: 0 });
  const { tracks } = await broker.tracks();
  for (const pointer of tracks)
    await (await broker.open(pointer, pointer.artifact.split('/').at(-1))).close();
  expect(tracks).toHaveLength(3);
  expect(await broker.counts()).toMatchObject({ pending: 1 });
});
