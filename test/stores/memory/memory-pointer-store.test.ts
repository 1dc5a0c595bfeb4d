import { MemoryPointerStore } from '../../../src/stores/memory/memory-pointer-store.ts';
import { describeHeldPointers, describePointerStore } from '../../contract/pointer-store.ts';

describePointerStore('memory', async () => new MemoryPointerStore());
describeHeldPointers('memory', async () => new MemoryPointerStore());
