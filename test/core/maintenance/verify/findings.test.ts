/** What a check says of damage that is not the usual kind. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { beforeEach, expect, it } from 'vitest';
import { openSeenDatabase } from '../../../../src/stores/sqlite/seen/seen-database.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { twoResults, type TwoResults } from '../../../helpers/two-results.ts';
import { verifyTree } from '../../../helpers/verifying.ts';

let root: string;
let at: TwoResults;
beforeEach(async () => {
  root = await tempDir();
  at = await twoResults(root);
});

it('says that a table of watched files is damaged that can still be opened', async () => {
  const db = await openSeenDatabase(at.layout.watched);
  await db.close();
  // The index of an empty table: its page says that it is a page of nothing.
  const bytes = readFileSync(at.layout.watched);
  bytes.fill(0xff, bytes.length - 4096, bytes.length - 4088);
  writeFileSync(at.layout.watched, bytes);
  const { findings } = await verifyTree(root);
  expect(findings).toMatchObject([
    {
      class: 'job_store',
      message: expect.stringContaining('the table of watched files is damaged'),
    },
  ]);
});

it('says that a manifest is no file', async () => {
  await rm(at.manifest);
  await mkdir(at.manifest);
  const { findings } = await verifyTree(root);
  expect(findings).toContainEqual(
    expect.objectContaining({ message: 'the manifest is not a regular file' }),
  );
});
