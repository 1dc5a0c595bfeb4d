import type { EntryStore, FileNames } from '../../../core/ports/entry-store.ts';
import type { Workspace } from '../../../core/ports/workspace.ts';
import { FsEntryStore, type EntryListener } from '../../../stores/local/entries/fs-entry-store.ts';
import type { LightEntries } from '../../../core/ports/light-entries.ts';
import { FsLightEntries } from '../../../stores/local/entries/fs-light-entries.ts';
import { FsWorkspace } from '../../../stores/local/staging/fs-workspace.ts';
import { layoutOf } from '../../../stores/local/layout.ts';
import type { TellStuck } from '../../../support/files/stuck.ts';

export interface EntriesOptions extends FileNames {
  /** The directory. */
  readonly root: string;
}

/** Opens the entries of a root and no other store. A separate file, because the publishing thread loads only this store. */
export const openEntries = (options: EntriesOptions, listener?: EntryListener): EntryStore =>
  new FsEntryStore(layoutOf(options.root), options, listener);

/** Entries of the same root that are written from memory. */
export const openLight = (
  { root }: Pick<EntriesOptions, 'root'>,
  entries: EntryStore,
): LightEntries => new FsLightEntries(layoutOf(root), entries);

/** Staging is on the file system of the entries, because publication renames. `tell` is called for what cannot be removed. */
export const openWorkspace = (root: string, tell: TellStuck): Workspace =>
  new FsWorkspace(layoutOf(root), tell);
