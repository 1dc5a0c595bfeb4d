import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsWriteProbe } from '../../../src/stores/local/fs-write-probe.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { describeWriteProbe } from '../../contract/write-probe.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeWriteProbe('a directory', async () => {
  const root = join(await tempDir(), 'root');
  const layout = layoutOf(root);
  await mkdir(dirname(layout.jobs), { recursive: true });
  await writeFile(layout.jobs, '');
  return {
    probe: new FsWriteProbe(layout),
    block: async () => {
      await rename(root, `${root}.away`);
      await writeFile(root, '');
    },
    unblock: async () => {
      await rm(root);
      await rename(`${root}.away`, root);
    },
  };
});
