import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FsAwayNotes } from '../../../src/stores/local/fs-away-notes.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { describeAwayNotes } from '../../contract/away-notes.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

async function root(): Promise<string> {
  const dir = await tempDir();
  await mkdir(join(dir, '.cab'));
  return dir;
}

describeAwayNotes('FsAwayNotes', async () => new FsAwayNotes(layoutOf(await root())));

it('tells another process on the root', async () => {
  const layout = layoutOf(await root());
  await new FsAwayNotes(layout).set('http://box', true);
  expect(await new FsAwayNotes(layout).since('http://box')).toBeGreaterThanOrEqual(0);
});

it('makes no root for a note', async () => {
  const dir = join(await tempDir(), 'none');
  expect(await new FsAwayNotes(layoutOf(dir)).set('http://box', true)).toBe(false);
  expect(existsSync(dir)).toBe(false);
});

it('does without a note that cannot be written, and believes none from the future', async () => {
  const dir = await root();
  const layout = layoutOf(dir);
  const notes = new FsAwayNotes(layout);
  await notes.set('http://box', true);
  const [name = ''] = await readdir(layout.away);
  const later = new Date(Date.now() + 3_600_000);
  await utimes(join(layout.away, name), later, later);
  expect(await notes.since('http://box')).toBeUndefined();
  const other = layoutOf(await root());
  await writeFile(other.away, 'no folder');
  await new FsAwayNotes(other).set('http://box', true);
  expect(await new FsAwayNotes(other).since('http://box')).toBeUndefined();
});
