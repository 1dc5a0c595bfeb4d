import { formatKey, keyOf, type EntryKey } from '../../../core/model/key.ts';

/** Keys as one text, which passes between threads faster than objects do. */
export const packKeys = (keys: readonly EntryKey[]): string => keys.map(formatKey).join('\n');

export const unpackKeys = (packed: string): EntryKey[] => packed.split('\n').map(keyOf);
