import { memorySeenFiles } from '../../../src/stores/memory/memory-seen-files.ts';
import { describeSeenFiles } from '../../contract/seen-files.ts';

describeSeenFiles('memory', async () => memorySeenFiles());
