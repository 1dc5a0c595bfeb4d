import type { CabError } from '../model/errors.ts';
import type { TrackTarget } from '../model/pointer.ts';
import type { PointerFile } from '../model/pointer.ts';

/** A pointer that may be used again for as long as it can be told to stand. */
export interface Held<P> {
  readonly pointer: P;
  /** Whether reading it now would give the same. To be asked each time; undefined if only reading tells. */
  readonly isCurrent: (() => boolean) | undefined;
}

/** A file in the directory of pointers. `file` is its name there. */
export type ListedPointer =
  | { readonly file: string; readonly pointer: PointerFile }
  | { readonly file: string; readonly error: CabError };

/**
 * Keeps `latest` per track. What order pointers come in is the job store's to say; this only reads and replaces.
 * Contract suite: test/contract/pointer-store.ts.
 */
export interface PointerStore {
  /** Throws pointer_invalid for a file that cannot be parsed, unsafe_track for an id that can have no file. */
  read(track_id: string): Promise<PointerFile | undefined>;
  /** As `read`, with a way to tell later whether it still stands, if there is one. */
  hold(track_id: string): Promise<Held<PointerFile> | undefined>;
  /**
   * Replaces the pointer: durable on return, and a reader sees the old one or the new one, whole. Throws unsafe_track for
   * an id that has no file name, or whose file name is that of another track.
   */
  write(target: TrackTarget): Promise<void>;
  /**
   * Takes the pointer away, durably. Gives false if the track had none. One that is written meanwhile stays, or goes as well.
   * Throws what `read` throws.
   */
  remove(track_id: string): Promise<boolean>;
  /** Makes durable what `read` gave: its writer may have been killed before it was. */
  confirm(track_id: string): Promise<void>;
  /** Each track once, in the order of file names. A file that cannot be read or parsed is listed with its error. */
  list(): AsyncIterable<ListedPointer>;
}
