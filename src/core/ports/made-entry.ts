import type { EntryKey } from '../model/entry/key.ts';
import type { Manifest } from '../model/entry/manifest.ts';

/** A file of a runner, as it was when it was copied. */
export interface CopiedFrom {
  readonly path: string;
  /** As `fingerprintOf` gives it. */
  readonly fingerprint: string;
}

/** An entry that is complete, checked and not yet visible. */
export interface MadeEntry {
  readonly key: EntryKey;
  readonly artifact: string;
  readonly manifestName: string;
  readonly manifest: Manifest;
  /** The files from which the copies were made. If one of them is still written, it was not finished. */
  readonly copiedFrom?: readonly CopiedFrom[];
}

/** A file of an entry, in memory. `path` is the path within the entry. */
export interface LightFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A small entry that is in memory only. Plain data, because it may go to another thread. */
export interface LightEntry extends MadeEntry {
  /** Permissions of its files. */
  readonly mode: number;
  /** All its files, that of the manifest included. */
  readonly files: readonly LightFile[];
}
