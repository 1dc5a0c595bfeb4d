import { keyOf, type EntryKey } from '../../core/model/entry/key.ts';
import { trackFileName } from '../../core/model/entry/track-name.ts';

/**
 * Where everything lies below the prefix of a store. Entries and pointers have the paths that they have in a directory, so that
 * a web server or a CDN on the bucket serves them:
 *
 *   echo/<config_hash>/<source_hash>/<file>   entries
 *   echo/<config_hash>/<source_hash>/.aside/<sha256>
 *                                             files whose place another file has taken
 *   echo/index/<track>.json                   latest pointers
 *   .cab/used/<config_hash>/<source_hash>     when a job last relied on the entry
 *   .cab/pins/<config_hash>/<source_hash>     pinned entries
 *   .cab/inputs/<sha256>[.json]               inputs of a queue that machines share
 *   .cab/logs/<job>/<attempt>.<n>             logs of a queue that machines share
 *   .cab/quarantine/<id>/…                    what was set aside
 *   .cab/trash/<id>/haul.json, …              what one collection took
 */
export const entriesFolder = 'echo/';
export const indexFolder = 'echo/index/';
export const pinsFolder = '.cab/pins/';
export const inputsFolder = '.cab/inputs/';
export const logsFolder = '.cab/logs/';
export const quarantineFolder = '.cab/quarantine/';
export const trashFolder = '.cab/trash/';

export const entryFolder = ({ config_hash, source_hash }: EntryKey): string =>
  `${entriesFolder}${config_hash}/${source_hash}/`;

export const fileKey = (key: EntryKey, path: string): string => entryFolder(key) + path;

/** Within the entry, so that it goes where the entry goes. */
export const asidePath = (sha256: string): string => `.aside/${sha256}`;

export const usedKey = ({ config_hash, source_hash }: EntryKey): string =>
  `.cab/used/${config_hash}/${source_hash}`;

export const pinKey = ({ config_hash, source_hash }: EntryKey): string =>
  `${pinsFolder}${config_hash}/${source_hash}`;

/** Attempts of a job, in their order. */
export const logFolder = (job_id: string): string => `${logsFolder}${job_id}/`;

/** @param nth a job that was handed back runs again under the same number of its attempt */
export const logKey = (job_id: string, attempt: number, nth: number): string =>
  `${logFolder(job_id)}${String(attempt).padStart(6, '0')}.${String(nth).padStart(3, '0')}`;

/** The entry whose pin this is. */
export const pinnedKey = (key: string): EntryKey => keyOf(key.slice(pinsFolder.length));

export const pointerFileOf = (track_id: string): string => `${trackFileName(track_id)}.json`;
