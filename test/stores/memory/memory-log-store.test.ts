import { MemoryLogStore } from '../../../src/stores/memory/memory-log-store.ts';
import { describeLogStore } from '../../contract/log-store.ts';

describeLogStore('memory', async () => new MemoryLogStore());
