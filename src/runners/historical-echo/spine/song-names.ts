import { WordList } from './growing.ts';

/** The artist and the title of each song, side by side, because a block of songs needs both. */
export class SongNames {
  readonly #words = new WordList();

  static of(artist: string, title: string): SongNames {
    const names = new SongNames();
    const words = Buffer.from(artist + title);
    names.push(words, Buffer.byteLength(artist), words.length);
    return names;
  }

  /** Adds a song. `words` begins with its artist, followed by its title. */
  push(words: Uint8Array, artistEnd: number, titleEnd: number): void {
    this.#words.push(words, 0, artistEnd);
    this.#words.push(words, artistEnd, titleEnd);
  }

  artist(song: number): string {
    return this.#words.at(song * 2);
  }

  title(song: number): string {
    return this.#words.at(song * 2 + 1);
  }

  /** Bytes of the artist. */
  artistSize(song: number): number {
    return this.#words.end(song * 2) - this.#words.end(song * 2 - 1);
  }

  /** Bytes of artist and title. */
  size(song: number): number {
    return this.#words.end(song * 2 + 1) - this.#words.end(song * 2 - 1);
  }

  /** Copies artist and title to `place` in `target`. */
  copy(song: number, target: Uint8Array, place: number): void {
    this.#words.copy(song * 2, song * 2 + 2, target, place);
  }
}
