import { afterEach, beforeEach, expect, it } from 'vitest';
import { publisherOn } from '../../../../../src/core/engine/attempt/outcome/publisher.ts';
import { ShortRoad } from '../../../../../src/core/engine/attempt/outcome/short-road.ts';
import type { RunningJob } from '../../../../../src/core/model/job/job.ts';
import type { PointerStore } from '../../../../../src/core/ports/pointer-store.ts';
import { reconcile } from '../../../../../src/core/publication/track-pointer.ts';
import { FsEntryStore } from '../../../../../src/stores/local/entries/fs-entry-store.ts';
import { FsLightEntries } from '../../../../../src/stores/local/entries/fs-light-entries.ts';
import { FsPointerStore } from '../../../../../src/stores/local/fs-pointer-store.ts';
import { layoutOf } from '../../../../../src/stores/local/layout.ts';
import { FsWorkspace } from '../../../../../src/stores/local/staging/fs-workspace.ts';
import { silentLogger } from '../../../../../src/support/logger.ts';
import { keyOf, newJob, owner, scopeOf, specOf } from '../../../../helpers/jobs.ts';
import { lightEntry } from '../../../../helpers/light-entries.ts';
import { sqliteQueue } from '../../../../helpers/sqlite-queue.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

const track = 'one';
const inTurn = (work: () => Promise<void>): Promise<void> => work();
let queue: Awaited<ReturnType<typeof sqliteQueue>>;
let pointers: FsPointerStore;
/** What another process does right after this one has written a pointer. */
let meanwhile: () => Promise<void>;
let road: ShortRoad;

beforeEach(async () => {
  queue = await sqliteQueue();
  const layout = layoutOf(await tempDir());
  pointers = new FsPointerStore(layout);
  meanwhile = async () => undefined;
  const entries = new FsEntryStore(layout, { artifactName: null, manifestName: 'manifest.json' });
  const light = new FsLightEntries(layout, entries);
  const watched: PointerStore = {
    read: (of) => pointers.read(of),
    hold: (of) => pointers.hold(of),
    remove: (of) => pointers.remove(of),
    confirm: (of) => pointers.confirm(of),
    list: () => pointers.list(),
    write: async (target, isDurable) => {
      await pointers.write(target, isDurable);
      await meanwhile();
    },
  };
  const workspace = new FsWorkspace(layout, () => undefined);
  const made = ShortRoad.on({
    ...{ store: queue.first, light, pointers: watched, logger: silentLogger },
    publisher: publisherOn(entries, workspace, light),
  });
  if (made === undefined) throw new Error('these stores have no short road');
  road = made;
  await road.clearUp();
});
afterEach(async () => {
  await road.close();
  await queue.close();
});

async function begun(name: string): Promise<RunningJob> {
  const spec = specOf(name, { track_id: track });
  await queue.first.submit([newJob(name, { spec })]);
  const [job] = await queue.first.claim(scopeOf(owner(1)), 1);
  if (job === undefined) throw new Error('nothing to claim');
  return job;
}

async function end(name: string): Promise<void> {
  const job = await begun(name);
  const entry = lightEntry(keyOf(name), `{"of":"${name}"}`);
  const row = await road.keep(job, entry, 0);
  await road.finish(job, row ?? 0, entry, inTurn);
}

it('leads its track to the newest result, though another process puts the last one back', async () => {
  await end('first');
  meanwhile = async () => {
    meanwhile = async () => undefined;
    // As gc --flush does, and every worker that begins: it does not know of the second yet.
    await reconcile(track, pointers, queue.second);
    expect(await pointers.read(track)).toMatchObject(keyOf('first'));
  };
  await end('second');
  expect(await pointers.read(track)).toMatchObject(keyOf('second'));
});

it('leads it there when it flushes, though the last one was put back since', async () => {
  await end('first');
  const first = await pointers.read(track);
  await end('second');
  if (first?.etag != null) await pointers.write({ ...first, etag: first.etag });
  expect(await pointers.read(track)).toMatchObject(keyOf('first'));
  await road.close();
  expect(await pointers.read(track)).toMatchObject(keyOf('second'));
  expect(await queue.first.trailing()).toEqual([]);
});
