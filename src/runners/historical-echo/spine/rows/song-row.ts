import type { Axes } from '../acousticbrainz.ts';
import type { Bands } from '../../artifact/bands.ts';

export type FeatureSource = 'essentia_local' | 'acousticbrainz';

/**
 * The row of a spine that was read last, if it may be a neighbour. One object serves all rows, because a million
 * objects and their texts would keep the garbage collector busier than the reading.
 */
export class SongRow implements Axes {
  /** The id of the row in its table, if it was read from a page. */
  id = 0;
  year = 0;
  tempo = NaN;
  valence = NaN;
  energy = NaN;
  loudness = NaN;
  source: FeatureSource = 'essentia_local';
  /** The bands that the row stores; null if they are those of its values. */
  bands: Bands | null = null;
  /** UTF-8, one after the other: artist, title, slug. */
  words = Buffer.allocUnsafeSlow(1024);
  artistEnd = 0;
  titleEnd = 0;
  slugEnd = 0;

  set(year: number, axes: Axes, source: FeatureSource, bands: Bands | null): void {
    this.year = year;
    this.tempo = axes.tempo;
    this.valence = axes.valence;
    this.energy = axes.energy;
    this.loudness = axes.loudness;
    this.source = source;
    this.bands = bands;
  }

  setWords(artist: string, title: string, slug: string): void {
    this.reserve((artist.length + title.length + slug.length) * 3);
    this.artistEnd = this.words.write(artist);
    this.titleEnd = this.artistEnd + this.words.write(title, this.artistEnd);
    this.slugEnd = this.titleEnd + this.words.write(slug, this.titleEnd);
  }

  /** Makes room for so many bytes of words. What the words held is lost. */
  reserve(bytes: number): void {
    if (bytes > this.words.length) this.words = Buffer.allocUnsafeSlow(bytes * 2);
  }
}
