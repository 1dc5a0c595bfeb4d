import { describe, expect, it } from 'vitest';
import { eachWatching, quiet } from './watching.ts';

describe('a watched folder', () => {
  const now = eachWatching();

  it('submits a file again whose white space alone changed, if the runner reads bytes', async () => {
    const watching = now();
    watching.runner.inputFormat = 'bytes';
    await watching.write('song.features.json', '{"v":1}');
    const watcher = await watching.watch();
    await watching.ended(1);
    await watching.drop('song.features.json', '{ "v": 1 }');
    await watching.ended(2);
    await quiet(watcher);
    expect(watching.runner.seen).toEqual(['{"v":1}', '{ "v": 1 }']);
  });
});
