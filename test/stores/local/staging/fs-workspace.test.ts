import { FsEntryStore } from '../../../../src/stores/local/entries/fs-entry-store.ts';
import { FsWorkspace } from '../../../../src/stores/local/staging/fs-workspace.ts';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { describeWorkspace } from '../../../contract/workspace.ts';
import { fileNames } from '../../../helpers/file-names.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

describeWorkspace('a directory', async () => {
  const layout = layoutOf(await tempDir());
  return {
    workspace: new FsWorkspace(layout, () => undefined),
    entries: new FsEntryStore(layout, fileNames),
  };
});
