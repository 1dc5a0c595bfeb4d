import { afterEach, beforeEach, expect, it } from 'vitest';
import { CabError } from '../../../src/core/model/errors.ts';
import type { TrackTarget } from '../../../src/core/model/entry/pointer.ts';
import { catchUp, reconcile } from '../../../src/core/publication/track-pointer.ts';
import { MemoryPointerStore } from '../../../src/stores/memory/memory-pointer-store.ts';
import type { QueueFixture } from '../../contract/job-store.ts';
import { newJob, resultOf } from '../../helpers/jobs.ts';
import { memoryQueue } from '../../helpers/memory-queue.ts';
import { until } from '../../helpers/until.ts';

/** Refuses to write the pointer of the track `stuck`. */
class StuckPointers extends MemoryPointerStore {
  failure: Error = new CabError('no_space', 'no space left on the disk');

  override async write(target: TrackTarget): Promise<void> {
    if (target.track_id === 'stuck') throw this.failure;
    await super.write(target);
  }
}

let queue: QueueFixture;
let pointers: StuckPointers;
const told: string[] = [];
const tell = (_about: object, message = ''): void => void told.push(message);
const logger = { debug: tell, info: tell, warn: tell, error: tell };

beforeEach(async () => {
  told.length = 0;
  pointers = new StuckPointers();
  queue = await memoryQueue();
  for (const name of ['before', 'stuck', 'after'])
    await queue.first.submit([newJob(name, { spec: { track_id: name }, hit: resultOf(name) })]);
});
afterEach(() => queue.close());

it('moves the pointers of other tracks if one cannot be written, which stays to be moved', async () => {
  await catchUp(pointers, queue.first, logger);
  for (const name of ['before', 'after'])
    expect(await pointers.read(name)).toMatchObject(resultOf(name));
  expect(await pointers.read('stuck')).toBeUndefined();
  expect(told).toEqual(['the pointer of track stuck trails']);
  await until(async () => (await queue.first.trailing()).length === 1);
  expect(await queue.first.trailing()).toMatchObject([{ track_id: 'stuck' }]);
});

it('hides no defect', async () => {
  pointers.failure = new TypeError('a defect');
  await expect(catchUp(pointers, queue.first, logger)).rejects.toThrow('a defect');
});

it.each(['config_hash', 'source_hash', 'artifact', 'manifest', 'etag'])(
  'moves a pointer that differs from the newest result in its %s alone',
  async (field) => {
    const newest = { ...resultOf('after'), track_id: 'after' };
    await pointers.write({ ...newest, [field]: 'another' });
    await reconcile('after', pointers, queue.first);
    expect(await pointers.read('after')).toMatchObject(newest);
  },
);

it('gives up a pointer that never comes to lead to the newest result', async () => {
  class Forgetful extends MemoryPointerStore {
    override async write(): Promise<void> {
      // As a file that cannot be read back: its target is damaged.
    }
  }
  await expect(reconcile('before', new Forgetful(), queue.first)).rejects.toMatchObject({
    code: 'pointer_invalid',
    details: { track: 'before' },
  });
});
