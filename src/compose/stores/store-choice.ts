import type { EntryStore, FileNames } from '../../core/ports/entry-store.ts';
import type { InputStore } from '../../core/ports/input-store.ts';
import type { LightEntries } from '../../core/ports/light-entries.ts';
import type { LogStore } from '../../core/ports/log-store.ts';
import type { PointerStore } from '../../core/ports/pointer-store.ts';
import type { WriteProbe } from '../../core/ports/write-probe.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';

/** Object storage that keeps entries and pointers in place of the root. */
export interface StoreChoice {
  /** `s3://bucket/prefix`. */
  readonly url: string;
  /** Directory of the cache on this machine; undefined: within the root. */
  readonly cache: string | undefined;
  /** The most bytes that the cache keeps. */
  readonly cacheBytes: number;
  /** Where credentials, region and endpoint are looked for. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A job store in a database, which many machines share, in place of that of the root. */
export interface QueueChoice {
  /** `postgres://user:password@server/database`. */
  readonly url: string;
}

export interface RootPlace extends FileNames {
  /** The directory. */
  readonly root: string;
  /** Undefined: the root keeps its entries itself. */
  readonly store?: StoreChoice | undefined;
  /** Undefined: the root keeps its jobs itself. */
  readonly queue?: QueueChoice | undefined;
}

/** Where the jobs of a root are. */
export type QueuePlace = Pick<RootPlace, 'root' | 'queue'>;

/** Where results are kept. */
export interface Results {
  readonly entries: EntryStore;
  /** Undefined: this store takes no entries from memory. */
  readonly light?: LightEntries;
  readonly pointers: PointerStore;
  /** Tells whether they can take new results, if that is not known by what the root can take. */
  readonly probe?: WriteProbe;
  /** Inputs of a queue that machines share; undefined: in the root. */
  readonly inputs?: InputStore;
  /** Logs of a queue that machines share; undefined: in the root. */
  readonly logs?: LogStore;
}

export type OnRead = (key: EntryKey) => void;

/** Makes the stores of the results, once it is known who wants to hear of reads. */
export type MakeResults = (onRead?: OnRead) => Results;
