import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FsReportStore } from '../../../src/stores/local/fs-report-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { describeReportStore } from '../../contract/report-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeReportStore('a directory', async () => {
  const layout = layoutOf(await tempDir());
  await mkdir(layout.private);
  return { open: () => new FsReportStore(layout) };
});

const check = { ended_at: '2026-01-02T00:00:00.000Z', counts: { corrupt: 2 }, report: null };

it('writes nothing to a tree in which cab never worked', async () => {
  const root = await tempDir();
  await new FsReportStore(layoutOf(root)).keepCheck(check);
  expect(await readdir(root)).toEqual([]);
});

it('fails no check whose report cannot be written', async () => {
  const layout = layoutOf(join(await tempDir(), 'root'));
  await mkdir(layout.private, { recursive: true });
  await writeFile(layout.temporary, 'in the place of the directory');
  await new FsReportStore(layout).keepCheck(check);
  expect(existsSync(layout.lastCheck)).toBe(false);
});

it('reads what an older cab wrote, and nothing of what is damaged', async () => {
  const layout = layoutOf(await tempDir());
  await mkdir(layout.private);
  const reports = new FsReportStore(layout);
  const { ended_at, counts } = check;
  const older = { ended_at, counts };
  await writeFile(layout.lastCheck, JSON.stringify(older));
  expect(await reports.lastCheck()).toEqual(check);
  await writeFile(layout.lastCheck, JSON.stringify({ ...older, report: { sound: 'yes' } }));
  expect(await reports.lastCheck()).toEqual(check);
  for (const text of ['', '{', '[]', '{"ended_at":1}']) {
    await writeFile(layout.lastCheck, text);
    await writeFile(layout.lastCollection, text);
    expect(await reports.lastCheck()).toBeUndefined();
    expect(await reports.lastCollection()).toBeUndefined();
  }
});
