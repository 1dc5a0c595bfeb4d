import { MemoryInputStore } from '../../../src/stores/memory/memory-input-store.ts';
import { describeInputStore } from '../../contract/input-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeInputStore('memory', async () => new MemoryInputStore(await tempDir()));
