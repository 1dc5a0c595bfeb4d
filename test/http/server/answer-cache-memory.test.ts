import { pino } from 'pino';
import { expect, it } from 'vitest';
import { AnswerCache, CachedHeaders } from '../../../src/http/server/delivery/answer-cache.ts';
import { memoryInUse } from '../../helpers/memory.ts';
import { served } from '../../helpers/served.ts';

it('answers that are kept take no more memory than the cache counts', async () => {
  const logger = pino({ base: null }, { write: () => undefined });
  const daemon = await served({ logger });
  const jobs = await Promise.all(Array.from({ length: 300 }, (_, n) => daemon.run(`{"n":${n}}`)));
  const paths = jobs.map(
    ({ config_hash, source_hash }) => `/echo/${config_hash}/${source_hash}/historical_echo.json`,
  );
  const ask = async (query: string): Promise<void> => {
    for (const path of paths) await (await daemon.get(path + query)).arrayBuffer();
  };
  // All that is loaded and compiled for a request is there before it is measured.
  await ask('?not-kept');
  const before = await memoryInUse();
  for (let round = 0; round < 2; round++) await ask('');
  const grown = (await memoryInUse()) - before;
  expect(grown / paths.length).toBeLessThan(countedFor(paths[0] ?? ''));
}, 240_000);

/** Of an answer of some bytes. */
function countedFor(url: string): number {
  const cache = new AnswerCache();
  const headers = new CachedHeaders({ 'x-request-id': '' });
  cache.keep(url, {
    ...{ bytes: Buffer.from('computed from {"n":100}'), digest: '', route: '', isFile: true },
    ...{ isCurrent: () => true, whole: headers, notModified: headers },
  });
  return cache.size;
}
