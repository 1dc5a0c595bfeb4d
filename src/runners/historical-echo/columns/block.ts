/** Converts the two parts of a block to bytes and back. Bytes to decode must begin at the start of their buffer. */
import type { Bands } from '../artifact/bands.ts';
import type { TierSongs } from '../spine/spine.ts';
import { padded } from './image.ts';

/** Part one: the axes and the place of each song. */
export function encodeAxes({ axes }: TierSongs, songs: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(padded(songs.length * 36));
  const own = new Float64Array(bytes.buffer, 0, songs.length * 4);
  // Number by number, because a view for each song would take longer than all the rest.
  for (let at = 0; at < songs.length; at += 1) {
    const song = songs[at] ?? 0;
    for (let axis = 0; axis < 4; axis += 1) own[at * 4 + axis] = axes[song * 4 + axis] ?? NaN;
  }
  new Uint32Array(bytes.buffer, songs.length * 32, songs.length).set(songs);
  return bytes;
}

export interface BlockAxes {
  /** `i * 4`: tempo, valence, energy, loudness. */
  readonly axes: Float64Array;
  /** The place of each song in its tier, ascending. */
  readonly places: Uint32Array;
}

export const decodeAxes = (bytes: Uint8Array, songs: number): BlockAxes => ({
  axes: new Float64Array(bytes.buffer, 0, songs * 4),
  places: new Uint32Array(bytes.buffer, songs * 32, songs),
});

/**
 * Part two: years, sources and words of each song. Undefined if the words are too long. The order of the bytes:
 *
 *   two counts: the songs whose bands differ from their values, and the bytes of the text
 *   where each word ends in the text (artist and title of each song, then three bands of each of those songs)
 *   the indexes of those songs
 *   years
 *   sources
 *   the text
 */
export function encodeWords(tier: TierSongs, songs: Uint32Array): Uint8Array | undefined {
  const { names } = tier;
  const banded = [...songs.keys()].filter((at) => tier.bands.has(songs[at] ?? 0));
  const bands = banded.flatMap((at) => {
    const own = tier.bands.get(songs[at] ?? 0);
    return [own?.tempo_band ?? '', own?.valence_band ?? '', own?.energy_band ?? ''];
  });
  let end = 0;
  const ends: number[] = [];
  for (const song of songs) {
    ends.push(end + names.artistSize(song));
    ends.push((end += names.size(song)));
  }
  const bandsText = Buffer.from(bands.join(''));
  const bandsAt = end;
  for (const band of bands) ends.push((end += Buffer.byteLength(band)));
  if (end > mostWords) return undefined;
  const numbers = 2 + ends.length + banded.length + songs.length;
  const textAt = numbers * 4 + songs.length;
  const bytes = new Uint8Array(padded(textAt + end));
  const table = new Uint32Array(bytes.buffer, 0, numbers);
  table.set([banded.length, end]);
  table.set(ends, 2);
  table.set(banded, 2 + ends.length);
  const years = new Int32Array(bytes.buffer, (numbers - songs.length) * 4, songs.length);
  for (let at = 0; at < songs.length; at += 1) {
    const song = songs[at] ?? 0;
    years[at] = tier.years[song] ?? 0;
    bytes[numbers * 4 + at] = tier.external[song] ?? 0;
    names.copy(song, bytes, textAt + (at === 0 ? 0 : (ends[at * 2 - 1] ?? 0)));
  }
  bytes.set(bandsText, textAt + bandsAt);
  return bytes;
}

/** The most bytes of text in a block. */
const mostWords = 16 << 20;

export interface SongWords {
  readonly year: number;
  readonly artist: string;
  readonly title: string;
  readonly isExternal: boolean;
  readonly bands: Bands | undefined;
}

/** Reads the year, words, source and bands of a block's songs. */
export function decodeWords({ buffer }: Uint8Array, songs: number): (song: number) => SongWords {
  const [banded = 0, textBytes = 0] = new Uint32Array(buffer, 0, 2);
  const ends = new Uint32Array(buffer, 8, songs * 2 + banded * 3);
  const bandedSongs = new Uint32Array(buffer, 8 + ends.byteLength, banded);
  const yearsAt = 8 + ends.byteLength + bandedSongs.byteLength;
  const years = new Int32Array(buffer, yearsAt, songs);
  const external = new Uint8Array(buffer, yearsAt + songs * 4, songs);
  const text = Buffer.from(buffer, yearsAt + songs * 5, textBytes);
  const word = (at: number): string => text.toString('utf8', at === 0 ? 0 : ends[at - 1], ends[at]);
  return (song) => {
    const bands = bandedSongs.indexOf(song);
    const first = songs * 2 + bands * 3;
    return {
      year: years[song] ?? 0,
      artist: word(song * 2),
      title: word(song * 2 + 1),
      isExternal: external[song] === 1,
      bands:
        bands < 0
          ? undefined
          : {
              tempo_band: word(first),
              valence_band: word(first + 1),
              energy_band: word(first + 2),
            },
    };
  };
}
