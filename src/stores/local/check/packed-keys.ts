import { formatKey, keyOf, type EntryKey } from '../../../core/model/key.ts';

/** Keys as one text, which goes from thread to thread faster than objects. */
export const packKeys = (keys: readonly EntryKey[]): string => keys.map(formatKey).join('\n');

export const unpackKeys = (packed: string): EntryKey[] => packed.split('\n').map(keyOf);
