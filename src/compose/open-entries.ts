import type { EntryStore, FileNames } from '../core/ports/entry-store.ts';
import { FsEntryStore, type EntryListener } from '../stores/local/fs-entry-store.ts';
import { layoutOf } from '../stores/local/layout.ts';

export interface EntriesOptions extends FileNames {
  /** The directory. */
  readonly root: string;
}

/** The entries of a root alone; in a file of its own, for a thread that publishes loads nothing else. */
export const openEntries = (options: EntriesOptions, listener?: EntryListener): EntryStore =>
  new FsEntryStore(layoutOf(options.root), options, listener);
