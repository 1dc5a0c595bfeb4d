import type { EntryStore, FileNames } from '../../core/ports/entry-store.ts';
import type { Workspace } from '../../core/ports/workspace.ts';
import { FsEntryStore, type EntryListener } from '../../stores/local/entries/fs-entry-store.ts';
import { FsWorkspace } from '../../stores/local/staging/fs-workspace.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import type { TellStuck } from '../../support/files/stuck.ts';

export interface EntriesOptions extends FileNames {
  /** The directory. */
  readonly root: string;
}

/** The entries of a root alone; in a file of its own, for a thread that publishes loads no other store. */
export const openEntries = (options: EntriesOptions, listener?: EntryListener): EntryStore =>
  new FsEntryStore(layoutOf(options.root), options, listener);

/** On the file system of the entries: publication renames. `tell` hears of what cannot be removed. */
export const openWorkspace = (root: string, tell: TellStuck): Workspace =>
  new FsWorkspace(layoutOf(root), tell);
