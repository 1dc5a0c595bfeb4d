import { expect, it } from 'vitest';
import { entryCost } from '../../../../src/core/model/entry/entry-cost.ts';
import { CabError } from '../../../../src/core/model/errors.ts';
import { manifestOf } from '../../../contract/entry-store.ts';
import { keyOf } from '../../../helpers/jobs.ts';

const key = keyOf('a');

it('is the time of the run and the bytes of all files, as the manifest says', async () => {
  const artifact = { path: 'a.json', sha256: 'a'.repeat(64), size: 3, content_type: 'text/plain' };
  const manifest = manifestOf(key, artifact, [{ ...artifact, path: 'b.json', size: 4 }]);
  const times = { started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:00:01.500Z' };
  expect(await entryCost(key, async () => ({ ...manifest, ...times }))).toEqual({
    ms: 1500,
    bytes: 7,
  });
  const silent = { ...manifest, started_at: null, ended_at: null };
  expect(await entryCost(key, async () => silent)).toEqual({ ms: 0, bytes: 7 });
});

it('is nothing for an entry that is gone or damaged', async () => {
  for (const code of ['not_found', 'manifest_invalid', 'store_unreadable'] as const)
    expect(await entryCost(key, () => Promise.reject(new CabError(code, 'no')))).toEqual({
      ms: 0,
      bytes: 0,
    });
  await expect(
    entryCost(key, () => Promise.reject(new CabError('io_error', 'no'))),
  ).rejects.toMatchObject({ code: 'io_error' });
});
