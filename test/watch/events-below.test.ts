import { expect, it } from 'vitest';
import type { HintOptions } from '../../src/watch/events/hints.ts';
import { until } from '../helpers/until.ts';
import { deaf, eachWatching } from './watching.ts';

const now = eachWatching();

it('asks the system for no events of directories whose files do not count', async () => {
  const watching = now();
  const asked: HintOptions[] = [];
  await watching.watch({
    exclude: [watching.path('store')],
    openHints: async (options) => {
      asked.push(options);
      return deaf();
    },
  });
  await until(() => asked.length > 0);
  const [options] = asked;
  const enters = ['songs', 'songs/deep', 'store', 'store/deep', '.hidden'].filter((name) =>
    options?.enters(watching.path(name)),
  );
  expect(enters).toEqual(['songs', 'songs/deep']);
  expect(options?.enters(watching.outside('elsewhere'))).toBe(false);
});
