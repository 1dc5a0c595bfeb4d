import type { Pointer } from '../model/pointer.ts';

/** A pointer that may be used again for as long as it can be told to stand. */
export interface HeldPointer {
  readonly pointer: Pointer;
  /** Whether reading it now would give the same. To be asked each time; undefined where only reading tells. */
  readonly isCurrent: (() => boolean) | undefined;
}

/** Keeps `latest` per track. What order pointers come in is the job store's to say; this only reads and replaces. */
export interface PointerStore {
  /** Throws pointer_invalid for a file that cannot be parsed, unsafe_track for an id that has no file name. */
  read(track_id: string): Promise<Pointer | undefined>;
  /** As `read`, with a way to tell later whether it still stands, where there is one. */
  hold(track_id: string): Promise<HeldPointer | undefined>;
  /** Replaces the pointer: durable on return, and a reader sees the old one or the new one, whole. */
  write(pointer: Pointer): Promise<void>;
  /** All pointers, sorted by track id; one that cannot be parsed is an error in its place. */
  list(): AsyncIterable<{ track_id: string; pointer: Pointer | Error }>;
}
