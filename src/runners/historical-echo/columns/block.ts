/** The two parts of a block, to bytes and back. Bytes given to read begin their buffer. */
import type { Bands } from '../artifact/bands.ts';
import type { TierSongs } from '../spine/spine.ts';
import { padded } from './image.ts';

/** Axes and place of each song. */
export function encodeAxes({ axes }: TierSongs, songs: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(padded(songs.length * 36));
  const own = new Float64Array(bytes.buffer, 0, songs.length * 4);
  songs.forEach((song, at) => own.set(axes.subarray(song * 4, song * 4 + 4), at * 4));
  new Uint32Array(bytes.buffer, songs.length * 32, songs.length).set(songs);
  return bytes;
}

export interface BlockAxes {
  /** `i * 4`: tempo, valence, energy, loudness. */
  readonly axes: Float64Array;
  /** Of each song in its tier, ascending. */
  readonly places: Uint32Array;
}

export const decodeAxes = (bytes: Uint8Array, songs: number): BlockAxes => ({
  axes: new Float64Array(bytes.buffer, 0, songs * 4),
  places: new Uint32Array(bytes.buffer, songs * 32, songs),
});

/**
 * Years, sources and words of each song. Undefined for words that are too long to be kept. Two counts: songs whose bands differ from
 * their values, bytes of text; where each word ends, in characters (artist and title of each song, then three bands of each
 * of those songs); which songs those are; years; sources; the text.
 */
export function encodeWords(tier: TierSongs, songs: Uint32Array): Uint8Array | undefined {
  const banded = [...songs.keys()].filter((at) => tier.bands.has(songs[at] ?? 0));
  const words: string[] = [];
  for (const song of songs) words.push(tier.artists[song] ?? '', tier.titles[song] ?? '');
  for (const at of banded) {
    const bands = tier.bands.get(songs[at] ?? 0);
    words.push(bands?.tempo_band ?? '', bands?.valence_band ?? '', bands?.energy_band ?? '');
  }
  let end = 0;
  const ends = words.map((word) => (end += word.length));
  if (end > mostWords) return undefined;
  const text = Buffer.from(words.join(''));
  const numbers = 2 + ends.length + banded.length + songs.length;
  const bytes = new Uint8Array(padded(numbers * 4 + songs.length + text.length));
  const table = new Uint32Array(bytes.buffer, 0, numbers);
  table.set([banded.length, text.length, ...ends, ...banded]);
  const years = new Int32Array(bytes.buffer, (numbers - songs.length) * 4, songs.length);
  for (const [at, song] of songs.entries()) {
    years[at] = tier.years[song] ?? 0;
    bytes[numbers * 4 + at] = tier.external[song] ?? 0;
  }
  bytes.set(text, numbers * 4 + songs.length);
  return bytes;
}

/** Characters of a block. */
const mostWords = 16 << 20;

export interface SongWords {
  readonly year: number;
  readonly artist: string;
  readonly title: string;
  readonly isExternal: boolean;
  readonly bands: Bands | undefined;
}

/** What a block says of its songs besides their axes. */
export function decodeWords({ buffer }: Uint8Array, songs: number): (song: number) => SongWords {
  const [banded = 0, textBytes = 0] = new Uint32Array(buffer, 0, 2);
  const ends = new Uint32Array(buffer, 8, songs * 2 + banded * 3);
  const bandedSongs = new Uint32Array(buffer, 8 + ends.byteLength, banded);
  const yearsAt = 8 + ends.byteLength + bandedSongs.byteLength;
  const years = new Int32Array(buffer, yearsAt, songs);
  const external = new Uint8Array(buffer, yearsAt + songs * 4, songs);
  const text = Buffer.from(buffer, yearsAt + songs * 5, textBytes).toString();
  const word = (at: number): string => text.slice(at === 0 ? 0 : ends[at - 1], ends[at]);
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
