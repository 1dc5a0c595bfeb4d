/** Finds what `cab get` is asked for: a key if its entry exists, else a track, else a job or a shortened name. */
import type { Broker, OpenedFile } from '../../core/engine/broker.ts';
import { CabError } from '../../core/model/errors.ts';
import { isEntryPath } from '../../core/model/entry/entry-path.ts';
import { isConfigHash, isSegment, type EntryKey } from '../../core/model/entry/key.ts';
import { isTrackPattern, trackMatcher } from '../../core/model/entry/track-pattern.ts';
import { nameInUrl, type Pointer } from '../../core/model/entry/pointer.ts';
import { Names, unlessMissing } from './names.ts';
import { counted } from '../../support/text/counted.ts';

export interface Address {
  /** A track, `CONFIG/SOURCE`, `CONFIG/SOURCE/PATH`, a job, or a shortened job or key. */
  readonly what: string;
  /** The n-th latest of a track, from 1. */
  readonly at: number;
  /** The file name of the manifest, if the manifest is wanted instead of the artifact. */
  readonly manifest: string | undefined;
}

export interface Addressed {
  readonly key: EntryKey;
  /** Null where a key or a job was named. */
  readonly track: string | null;
  readonly file: OpenedFile;
}

/** The tracks that a pattern fits, sorted; undefined for a word that is none, or is the name of a track. Throws not_found. */
export async function tracksFitting(
  broker: Broker,
  word: string,
): Promise<readonly string[] | undefined> {
  if (!isTrackPattern(word) || (await unlessMissing(broker.pointer(word))) !== undefined)
    return undefined;
  const { tracks } = await broker.tracks();
  const fitting = tracks.map(({ track_id }) => track_id).filter(trackMatcher(word));
  if (fitting.length > 0) return fitting.sort();
  throw new CabError('not_found', `no track fits ${JSON.stringify(word)}`, {
    details: { pattern: word },
  });
}

/** Throws not_found, usage for a name that fits several, hash_mismatch, manifest_invalid, pointer_invalid, unsafe_track. */
export async function openAddressed(
  broker: Broker,
  { what, at, manifest }: Address,
): Promise<Addressed> {
  const named = at === 1 ? keyIn(what) : undefined;
  if (named !== undefined) {
    const file = await unlessMissing(broker.open(named.key, manifest ?? named.name));
    if (file !== undefined) return { key: named.key, track: null, file };
  }
  // Only tracks have earlier results.
  const pointer = await (at === 1
    ? unlessMissing(broker.pointer(what))
    : pointerOf(broker, what, at));
  if (pointer === undefined) {
    const key = await new Names(broker).key(what);
    return { key, track: null, file: await broker.open(key, manifest) };
  }
  const name = nameInUrl(manifest === undefined ? pointer.artifact : pointer.manifest);
  return { key: pointer, track: pointer.track_id, file: await broker.open(pointer, name) };
}

/** The n-th latest pointer of a track. Throws not_found, unsafe_track, pointer_invalid. */
export async function pointerOf(broker: Broker, track: string, at: number): Promise<Pointer> {
  if (at === 1) return broker.pointer(track);
  const records = await broker.history(track, at);
  const record = records[at - 1];
  if (record !== undefined) {
    const { track_id, config_hash, source_hash, artifact, manifest, etag } = record;
    return { track_id, config_hash, source_hash, artifact, manifest, etag };
  }
  throw new CabError(
    'not_found',
    `track ${JSON.stringify(track)} has ${counted(records.length, 'result')}; there is no ${at}th latest`,
    {
      hint: `See them with: cab history ${JSON.stringify(track)}`,
      details: { track_id: track },
    },
  );
}

function keyIn(what: string): { key: EntryKey; name: string | undefined } | undefined {
  const [config_hash = '', source_hash = '', ...path] = what.split('/');
  const name = path.length === 0 ? undefined : path.join('/');
  const safe = isConfigHash(config_hash) && isSegment(source_hash);
  if (!safe || (name !== undefined && !isEntryPath(name))) return undefined;
  return { key: { config_hash, source_hash }, name };
}
