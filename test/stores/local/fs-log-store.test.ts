import { FsLogStore } from '../../../src/stores/local/fs-log-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { describeLogStore } from '../../contract/log-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeLogStore('a directory', async () => new FsLogStore(layoutOf(await tempDir())));
