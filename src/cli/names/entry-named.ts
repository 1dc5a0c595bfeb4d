import type { Broker } from '../../core/engine/broker.ts';
import { isCabError } from '../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../core/model/entry/key.ts';
import { Names, unlessMissing } from './names.ts';

/**
 * Calls `act` for the entry of a key or a track. If there is none of that name, calls it for a job or a shortened name.
 * Throws what `act` throws, and usage if the name fits several.
 */
export async function onEntryNamed<T>(
  name: string,
  act: (name: string) => Promise<T>,
  ask: (use: (broker: Broker) => Promise<EntryKey>) => Promise<EntryKey>,
): Promise<T> {
  try {
    return await act(name);
  } catch (error) {
    if (!isCabError(error, 'not_found')) throw error;
    const key = await unlessMissing(ask((broker) => new Names(broker).key(name)));
    if (key === undefined) throw error;
    return act(formatKey(key));
  }
}
