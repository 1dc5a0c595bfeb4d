import type { EntryKey } from '../../model/entry/key.ts';

/** Remembers which key a predicted key led to. Part of JobStore's contract suite. */
export interface KeyMemory {
  /** The key to which a predicted key leads; undefined if it leads to itself. */
  alias(key: EntryKey): Promise<EntryKey | undefined>;
  /** Throws NoLongerThere while `actual` is condemned and not yet released. */
  remember(predicted: EntryKey, actual: EntryKey): Promise<void>;
}
