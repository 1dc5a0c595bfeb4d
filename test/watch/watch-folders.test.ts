import { mkdir } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { defaults } from '../../src/compose/defaults.ts';
import { seenFilesIn } from '../../src/compose/watch-root.ts';
import { fenceWithin } from '../../src/support/paths/path-fence.ts';
import { watchFolders } from '../../src/watch/watch-folders.ts';
import { eachWatching } from './watching.ts';

const now = eachWatching();

/** Watches the inbox and a folder beside it, where files of `allowed` alone may be read. */
async function watchBoth(allowed: readonly string[]) {
  const { broker, seenFile, events } = now();
  const folders = [now().path(''), now().outside('second')];
  await mkdir(now().outside('second'), { recursive: true });
  const watched = await watchFolders(folders, {
    ...defaults.watch,
    ...{ broker, polls: false, settleMs: 60 },
    openSeen: seenFilesIn(seenFile),
    fence: fenceWithin(allowed),
    onEvent: (event) => events.push(event),
  });
  onTestFinished(() => watched.close());
  return watched;
}

it('watches folders that are themselves what may be read', async () => {
  await now().write('a.features.json', '{"n":1}');
  await now().write('../second/b.features.json', '{"n":2}');
  const watched = await watchBoth([now().path(''), now().outside('second')]);
  await now().ended(2);
  expect(await watched.status()).toEqual({
    ...{ mode: 'events', waiting: 0, running: 0, done: 2, failed: 0 },
  });
  await watched.close();
  await expect(watched.ended).resolves.toBeUndefined();
});

it('watches none of the folders where one lies outside of what may be read', async () => {
  await now().write('a.features.json', '{"n":1}');
  await expect(watchBoth([now().path('')])).rejects.toMatchObject({
    code: 'usage',
    message: `the folder ${now().outside('second')} lies outside of what may be read here`,
  });
  expect(await now().tracks()).toEqual([]);
});
