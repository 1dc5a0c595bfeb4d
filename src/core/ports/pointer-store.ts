import type { CabError } from '../model/errors.ts';
import type { TrackTarget } from '../model/entry/pointer.ts';
import type { PointerFile } from '../model/entry/pointer.ts';

/** A pointer that may be used again for as long as `isCurrent` is true. */
export interface Held<P> {
  readonly pointer: P;
  /** Whether reading it now would give the same. Must be asked before each use; undefined if only reading can tell. */
  readonly isCurrent: (() => boolean) | undefined;
}

/** A file in the directory of pointers. `file` is its name there. */
export type ListedPointer =
  | { readonly file: string; readonly pointer: PointerFile }
  | { readonly file: string; readonly error: CabError };

/**
 * Keeps the latest pointer of each track. The job store decides the order of pointers; this store only reads and replaces them.
 * Contract suite: test/contract/pointer-store.ts.
 */
export interface PointerStore {
  /** Throws pointer_invalid if the file cannot be parsed, unsafe_track if the id can have no file. */
  read(track_id: string): Promise<PointerFile | undefined>;
  /** As `read`, with a way to check later whether the pointer still stands, if there is one. */
  hold(track_id: string): Promise<Held<PointerFile> | undefined>;
  /**
   * Replaces the pointer. A reader sees the whole old pointer or the whole new one. It is durable on return, unless `isDurable` is
   * false: then the caller confirms it later. A store may flush it anyway. Throws unsafe_track if the id has no file name, or if
   * its file name belongs to another track.
   */
  write(target: TrackTarget, isDurable?: boolean): Promise<void>;
  /**
   * Takes the pointer away, durably. Gives false if the track had none. A pointer that is written meanwhile stays, or goes
   * as well. Throws what `read` throws.
   */
  remove(track_id: string): Promise<boolean>;
  /** Makes the pointer that `read` gave durable: its writer may not have flushed it, or may have been killed before it did. */
  confirm(track_id: string): Promise<void>;
  /** Each track once, in the order of file names. A file that cannot be read or parsed is listed with its error. */
  list(): AsyncIterable<ListedPointer>;
}
