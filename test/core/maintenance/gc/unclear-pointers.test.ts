/** What a collection does where a pointer cannot be read, and what it says of it. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CollectedRoot } from '../../../helpers/collected-root.ts';
import { age, collect, verdicts } from '../../../helpers/collection.ts';

const at = new CollectedRoot();

it('keeps what it may lead to, and removes the rest', async () => {
  const [meant, loose] = [await at.done('1'), await at.done('2')];
  age(at.root);
  await mkdir(at.layout.index, { recursive: true });
  const { config_hash, source_hash } = meant;
  await writeFile(at.layout.pointer('odd'), JSON.stringify({ config_hash, source_hash }));
  const report = await collect(at.root);
  expect(report.unreadable).toMatchObject([{ file: 'echo/index/odd.json' }]);
  expect(report.notes).toEqual([]);
  expect([existsSync(at.place(meant)), existsSync(at.place(loose))]).toEqual([true, false]);
  expect(verdicts(await collect(at.root, { dryRun: true }))).toEqual({
    [source_hash]: 'keep: pointer echo/index/odd.json, which cannot be read, may lead to it',
  });
});

it('removes no entry, record or log where it may lead to any, but what dead processes left', async () => {
  const job = await at.done('1');
  age(at.root);
  await mkdir(at.layout.index, { recursive: true });
  await writeFile(at.layout.pointer('odd'), '{"track_id":');
  await mkdir(join(at.layout.staging, 'nobody-1'), { recursive: true });
  const report = await collect(at.root);
  expect(report.notes).toEqual([expect.stringMatching(/^no entry was collected: a pointer/)]);
  expect(report.unreadable).toMatchObject([{ file: 'echo/index/odd.json' }]);
  expect(report.entries).toMatchObject({ seen: 0, removed: 0 });
  expect(report.swept).toMatchObject({ staging: 1, logs: 0, inputs: 0 });
  expect(report.jobs.trimmed).toBe(0);
  expect(existsSync(at.place(job))).toBe(true);
  expect(await at.broker.job(job.job_id)).toMatchObject({ status: 'done' });
});
