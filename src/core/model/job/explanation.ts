/** The result of `Broker.explain`. */
import type { EntryKey } from '../entry/key.ts';
import type { JsonObject } from './job.ts';

export interface Difference {
  /** Dotted path within the config material, such as `probe.top_k`. */
  readonly field: string;
  /** `undefined` if this side has no such field. */
  readonly wanted: unknown;
  readonly found: unknown;
}

/** Why a submission is a hit or a miss. */
export interface Explanation {
  readonly hit: boolean;
  /** The predicted key. */
  readonly key: EntryKey;
  /** The key to which the predicted key leads, if it leads elsewhere. */
  readonly entry: EntryKey | null;
  /** The upstream that has the result, if it is a hit and the result is not here yet. */
  readonly upstream: string | null;
  /** The material of `config_hash`; null if the caller gave the hash. */
  readonly config: JsonObject | null;
  /** For a miss: the entry of this source with the fewest differences. */
  readonly closest: { readonly key: EntryKey; readonly differences: readonly Difference[] } | null;
  /** For a miss: an entry of the same work whose key was made by the rules of an older cab, as far as that key tells. */
  readonly older: EntryKey | null;
  /** For a miss: true if the root has more entries than the search looked at, so that a closer one may exist. */
  readonly partial: boolean;
}
