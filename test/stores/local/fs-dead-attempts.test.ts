import { FsDeadAttempts } from '../../../src/stores/local/fs-dead-attempts.ts';
import { FsEntryStore } from '../../../src/stores/local/fs-entry-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { describeDeadAttempts } from '../../contract/dead-attempts.ts';
import { fileNames } from '../../helpers/file-names.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeDeadAttempts('a directory', async () => {
  const layout = layoutOf(await tempDir());
  const entries = new FsEntryStore(layout, fileNames);
  return {
    attempts: new FsDeadAttempts(layout, () => undefined),
    stage: (job_id, attempt) => entries.stage(job_id, attempt),
  };
});
