/**
 * The file name of a track. It is the id itself if that is a safe name on Linux, macOS and Windows. Else the unsafe bytes are
 * percent-encoded. A `%` is encoded only if it would read as an escape, so that each name decodes to one id, and `100%` stays
 * `100%`.
 */
import { basename, extname } from 'node:path';
import { CabError } from './errors.ts';

/** File systems allow 255 bytes; five are for `.json`. */
const maxNameBytes = 250;

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const unsafe = /[\u0000-\u001f\u007f<>:"/\\|?*]|%(?=[0-9A-Fa-f]{2})/g;

/** Names that Windows reserves for devices, with any suffix. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=$|\.| )/i;

/** Without the `.json`. @throws CabError unsafe_track */
export function trackFileName(track_id: string): string {
  if (track_id === '') throw new CabError('unsafe_track', 'the track id is empty');
  if (!track_id.isWellFormed())
    throw new CabError(
      'unsafe_track',
      `track ${JSON.stringify(track_id)} holds half a character (a lone surrogate)`,
    );
  const name = track_id
    .replace(unsafe, escape)
    .replace(device, (found) => escape(found.charAt(0)) + found.slice(1));
  const bytes = Buffer.byteLength(name);
  if (bytes > maxNameBytes) {
    throw new CabError(
      'unsafe_track',
      `track ${JSON.stringify(`${track_id.slice(0, 40)}…`)} needs a file name of ${bytes} bytes; ${maxNameBytes} is the most`,
    );
  }
  return name;
}

/**
 * The name under which the reference broker keeps a track, without the `.json`: the id itself, unchanged. Undefined if the id
 * cannot be a file name on this disk.
 */
export const plainFileName = (track_id: string): string | undefined =>
  track_id !== '' &&
  track_id.isWellFormed() &&
  !/[/\0]/.test(track_id) &&
  Buffer.byteLength(track_id) <= maxNameBytes
    ? track_id
    : undefined;

/** The track of an input that names none: its file's name without the last suffix. */
export const trackOfFile = (path: string): string => basename(path, extname(path));

/** The id that a file name (without `.json`) stands for. */
export const trackIdOf = (fileName: string): string =>
  fileName.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

const escape = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
