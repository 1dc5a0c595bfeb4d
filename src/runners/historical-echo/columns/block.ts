/** The two parts of a block, to bytes and back. Bytes given to read begin their buffer. */
import * as z from 'zod/mini';
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

/** Undefined for words that are too long to be kept. */
export function encodeWords(tier: TierSongs, songs: Uint32Array): Uint8Array | undefined {
  const ends = new Uint32Array(songs.length * 2);
  const words: string[] = [];
  const bands: Record<string, Bands> = {};
  let length = 0;
  songs.forEach((song, at) => {
    for (const [part, word] of [tier.artists[song] ?? '', tier.titles[song] ?? ''].entries()) {
      words.push(word);
      length += word.length;
      ends[at * 2 + part] = length;
    }
    const own = tier.bands.get(song);
    if (own !== undefined) bands[at] = own;
  });
  if (length > mostWords) return undefined;
  const text = Buffer.from(words.join(''));
  const bandsText = Buffer.from(JSON.stringify(bands));
  const fixed = songs.length * 13 + 8;
  const bytes = new Uint8Array(padded(fixed + bandsText.length + text.length));
  const buffer = bytes.buffer;
  new Uint32Array(buffer, 0, 2).set([bandsText.length, text.length]);
  new Uint32Array(buffer, 8, songs.length * 2).set(ends);
  const years = new Int32Array(buffer, 8 + songs.length * 8, songs.length);
  songs.forEach((song, at) => {
    years[at] = tier.years[song] ?? 0;
    bytes[8 + songs.length * 12 + at] = tier.external[song] ?? 0;
  });
  bytes.set(bandsText, fixed);
  bytes.set(text, fixed + bandsText.length);
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

const bandsSchema = z.record(
  z.string(),
  z.strictObject({ tempo_band: z.string(), valence_band: z.string(), energy_band: z.string() }),
);

/** What a block says of its songs besides their axes. */
export function decodeWords(bytes: Uint8Array, songs: number): (song: number) => SongWords {
  const { buffer } = bytes;
  const [bandsBytes = 0, textBytes = 0] = new Uint32Array(buffer, 0, 2);
  const ends = new Uint32Array(buffer, 8, songs * 2);
  const years = new Int32Array(buffer, 8 + songs * 8, songs);
  const fixed = songs * 13 + 8;
  const bands = bandsSchema.parse(JSON.parse(Buffer.from(buffer, fixed, bandsBytes).toString()));
  const text = Buffer.from(buffer, fixed + bandsBytes, textBytes).toString();
  return (song) => {
    const [begin = 0, middle = 0, end = 0] = [
      song === 0 ? 0 : ends[song * 2 - 1],
      ends[song * 2],
      ends[song * 2 + 1],
    ];
    return {
      year: years[song] ?? 0,
      artist: text.slice(begin, middle),
      title: text.slice(middle, end),
      isExternal: bytes[8 + songs * 12 + song] === 1,
      bands: bands[song],
    };
  };
}
