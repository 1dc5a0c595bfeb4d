/** What the daemon says about tracks and entries. */
import * as is from './shape.ts';
import { ask, query, type Asking } from './request.ts';
import type { Key } from './jobs.ts';

const text = is.nullable(is.string);

const pointer = {
  track_id: is.string,
  config_hash: is.string,
  source_hash: is.string,
  artifact: is.string,
  manifest: is.string,
  etag: is.string,
};
const stepShape = is.object({ ...pointer, job_id: is.string, at: is.string });
export type Step = is.Of<typeof stepShape>;

const tracksShape = is.object({
  tracks: is.list(is.object({ ...pointer, job_id: text, at: text })),
  next: text,
  unreadable: is.list(is.object({ file: is.string, error: is.string })),
});
export type Tracks = is.Of<typeof tracksShape>;

export const listTracks = (
  asked: { q?: string | undefined; cursor?: string | undefined; limit?: number },
  asking?: Asking,
) => ask(tracksShape, `/echo/tracks${query(asked)}`, asking);

const trackPath = (track: string): string => `/echo/index/${encodeURIComponent(track)}`;

export const getHistory = (track: string, limit: number, asking?: Asking) =>
  ask(
    is.object({ history: is.list(stepShape) }),
    `${trackPath(track)}/history.json${query({ limit })}`,
    asking,
  );

const fileShape = is.object({
  path: is.string,
  artifact: is.boolean,
  sha256: text,
  size: is.nullable(is.number),
  content_type: text,
  link: text,
});
export type EntryFile = is.Of<typeof fileShape>;

const entryShape = is.object({
  config_hash: is.string,
  source_hash: is.string,
  created_at: text,
  verified_at: text,
  read_at: text,
  files: is.list(fileShape),
  pinned: is.boolean,
  tracks: is.list(is.string),
  jobs: is.list(
    is.object({
      job_id: is.string,
      status: is.string,
      track_id: text,
      cached: is.boolean,
      submitted_at: is.string,
    }),
  ),
  whole: is.boolean,
});
export type Entry = is.Of<typeof entryShape>;

export const getEntry = (key: Key, asking?: Asking) =>
  ask(entryShape, `/echo/entry${query({ ...key })}`, asking);

const segment = encodeURIComponent;

export const manifestPath = (key: Key): string =>
  `/echo/${segment(key.config_hash)}/${segment(key.source_hash)}`;
export const filePath = (key: Key, path: string): string =>
  `${manifestPath(key)}/${path.split('/').map(segment).join('/')}`;
export const getManifest = (key: Key, asking?: Asking) =>
  ask(is.record(is.unknown), manifestPath(key), asking);
