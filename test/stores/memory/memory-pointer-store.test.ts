import { MemoryPointerStore } from '../../../src/stores/memory/memory-pointer-store.ts';
import { describePointerStore } from '../../contract/pointer-store.ts';

describePointerStore('memory', async () => new MemoryPointerStore());
