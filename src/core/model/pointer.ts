import * as z from 'zod/mini';
import { configHashSchema, segmentSchema, type EntryKey } from './key.ts';

/**
 * The latest result of a track, as clients see it: in `echo/index/<track>.json`, over HTTP, under `--json`. It has the six
 * fields of the reference contract. `artifact` and `manifest` are URL paths that can be fetched as they are.
 */
export const pointerSchema = z.object({
  track_id: z.string(),
  config_hash: configHashSchema,
  source_hash: segmentSchema,
  artifact: z.string(),
  manifest: z.string(),
  /** SHA-256 of the artifact. */
  etag: z.string(),
});

export type Pointer = z.infer<typeof pointerSchema>;

/** One step in the history of a track. `job_id` orders the steps, because ids ascend in the order of submission. */
export interface PointerRecord extends Pointer {
  readonly job_id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** All tracks, and the pointer files that cab cannot understand. */
export interface TrackList {
  /** Sorted by track id. */
  readonly tracks: readonly Pointer[];
  readonly unreadable: readonly UnreadablePointer[];
}

export interface UnreadablePointer {
  /** Its path below the root, with slashes. */
  readonly file: string;
  /** Why, for people. */
  readonly error: string;
}

/** An entry's artifact and manifest, by their names within the entry. */
export interface EntryNames extends EntryKey {
  readonly artifact: string;
  readonly manifest: string;
}

/** A pointer as cab works with it: it names the files by their names within the entry. */
export interface TrackTarget extends EntryNames {
  readonly track_id: string;
  readonly etag: string;
}

/** A step in the history of a track, as the job store keeps it. */
export interface TrackStep extends TrackTarget {
  readonly job_id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export const pointerTo = (
  track_id: string,
  { config_hash, source_hash, artifact, manifest, etag }: EntryNames & { readonly etag: string },
): Pointer => ({
  track_id,
  config_hash,
  source_hash,
  artifact: urlOf({ config_hash, source_hash }, artifact),
  manifest: urlOf({ config_hash, source_hash }, manifest),
  etag,
});

const urlOf = ({ config_hash, source_hash }: EntryKey, name: string): string =>
  `/echo/${[config_hash, source_hash, name].map(encodeURIComponent).join('/')}`;

/** The name of a file in the URL path that a pointer gives for it. */
export const nameInUrl = (url: string): string =>
  decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));

/** The content of a pointer file. `etag` is null if the file has none. */
export interface PointerFile extends Omit<TrackTarget, 'etag'> {
  readonly etag: string | null;
  /** True if the file has the form that cab writes today. */
  readonly isCurrentForm: boolean;
}
