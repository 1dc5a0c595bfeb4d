import { join } from 'node:path';
import { SqliteSeenFiles } from '../../../src/stores/sqlite/seen/sqlite-seen-files.ts';
import { describeSeenFiles } from '../../contract/seen-files.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeSeenFiles('watch.db', async () => {
  const file = join(await tempDir(), 'watch.db');
  return (folder) => SqliteSeenFiles.open(file, folder);
});
