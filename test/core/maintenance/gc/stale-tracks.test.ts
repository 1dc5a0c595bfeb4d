import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gcReportSchema } from '../../../../src/core/model/report/gc-report.ts';
import { CollectedRoot } from '../../../helpers/collected-root.ts';
import { age, collect, day, verdicts } from '../../../helpers/collection.ts';

const at = new CollectedRoot();

it('removes tracks that got no result for long, and with them what only they needed', async () => {
  const [old] = [await at.done('1', 'old'), await at.done('2', 'moves')];
  age(at.root);
  await at.done('3', 'moves');
  const asked = { trackMs: 50 * day, now: Date.now() };
  const dry = await collect(at.root, { ...asked, dryRun: true });
  expect(dry.tracks).toEqual(['old']);
  expect(verdicts(dry)[old.source_hash]).toBe('remove: no track needs it, older than 30d');
  expect((await collect(at.root)).tracks).toEqual([]);
  expect(existsSync(at.place(old))).toBe(true);

  const report = await collect(at.root, asked);
  expect(report.tracks).toEqual(['old']);
  gcReportSchema.parse(report);
  expect(existsSync(at.place(old))).toBe(false);
  expect(await readdir(join(at.root, 'echo/index'))).toEqual(['moves.json']);
  expect((await collect(at.root, asked)).tracks).toEqual([]);
});
