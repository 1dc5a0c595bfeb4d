import { MemoryAwayNotes } from '../../../src/stores/memory/memory-away-notes.ts';
import { describeAwayNotes } from '../../contract/away-notes.ts';

describeAwayNotes('MemoryAwayNotes', async () => new MemoryAwayNotes());
