import { bandsOf } from '../../artifact/bands.ts';
import type { SongRow } from './song-row.ts';

/**
 * Reads the rows of a page into a `SongRow`, without an object or a string for any value. A page is rows of JSON as
 * SQLite writes it, without spaces, with a comma between two:
 *
 *   [id,year,tempo,valence,energy,loudness,tempo band,valence band,energy band,artist,title,slug]
 *
 * It reads plain rows, which nearly all are: texts of ASCII that need no escape, decimals of at most fifteen digits,
 * the bands of the values or none, and names without an aside if there is no slug.
 */
export class PlainRows {
  readonly #page: Uint8Array;
  readonly #row: SongRow;
  #at = 0;
  /** Where the next word goes in the words of the row. */
  #end = 0;

  constructor(page: Uint8Array, row: SongRow) {
    this.#page = page;
    this.#row = row;
    // All words of a row are shorter than its page, and its slug is hardly longer than they are.
    row.reserve(page.length * 2);
  }

  get hasNext(): boolean {
    return this.#page[this.#at] === openingBracket;
  }

  /** False if the row is not plain. Then of its values only the id is right. */
  next(): boolean {
    const begin = this.#at;
    this.#readId();
    const isPlain = this.#readNumbers() && this.#readBands() && this.#readWords();
    if (!isPlain) this.#skip(begin);
    if (this.#page[this.#at] === comma) this.#at += 1;
    return isPlain;
  }

  #readId(): void {
    this.#at += 1;
    const isNegative = this.#page[this.#at] === minus;
    if (isNegative) this.#at += 1;
    let id = 0;
    for (; isDigit(this.#page[this.#at]); this.#at += 1)
      id = id * 10 + (this.#page[this.#at] ?? 0) - zero;
    this.#row.id = isNegative ? -id : id;
    this.#at += 1;
  }

  #readNumbers(): boolean {
    const row = this.#row;
    row.year = this.#decimal(0);
    row.tempo = this.#decimal(mostDigits);
    row.valence = this.#decimal(mostDigits);
    row.energy = this.#decimal(mostDigits);
    row.loudness = this.#decimal(mostDigits);
    return !Number.isNaN(row.year + row.tempo + row.valence + row.energy + row.loudness);
  }

  /**
   * NaN if the next value is not plain. A whole number below 2^53, divided by a power of ten below 10^23, is the
   * nearest double: both are exact, and the division rounds once.
   */
  #decimal(mostDecimals: number): number {
    const page = this.#page;
    let at = this.#at + 1;
    if (page[this.#at] !== quote) return NaN;
    const isNegative = page[at] === minus;
    if (isNegative) at += 1;
    const first = at;
    let value = 0;
    for (; isDigit(page[at]); at += 1) value = value * 10 + (page[at] ?? 0) - zero;
    let digits = at - first;
    if (digits === 0) return NaN;
    let decimals = 0;
    if (page[at] === fullStop) {
      const point = at;
      for (at += 1; isDigit(page[at]); at += 1) value = value * 10 + (page[at] ?? 0) - zero;
      decimals = at - point - 1;
      digits += decimals;
      if (decimals === 0 || decimals > mostDecimals) return NaN;
    }
    if (page[at] !== quote || digits > mostDigits) return NaN;
    this.#at = at + 2;
    return (isNegative ? -value : value) / (powersOfTen[decimals] ?? NaN);
  }

  #readBands(): boolean {
    const { tempo, valence, energy } = this.#row;
    const { tempo_band, valence_band, energy_band } = bandsOf(tempo, valence, energy);
    this.#row.bands = null;
    return this.#isBand(tempo_band) && this.#isBand(valence_band) && this.#isBand(energy_band);
  }

  #isBand(band: string): boolean {
    if (this.#passNothing()) return true;
    if (this.#page[this.#at] !== quote) return false;
    const begin = this.#at + 1;
    const end = begin + band.length;
    for (let at = 0; at < band.length; at += 1)
      if (this.#page[begin + at] !== band.charCodeAt(at)) return false;
    this.#at = end + 2;
    return this.#page[end] === quote;
  }

  #readWords(): boolean {
    const row = this.#row;
    this.#end = 0;
    if (!this.#copyWord()) return false;
    row.artistEnd = this.#end;
    if (!this.#copyWord()) return false;
    row.titleEnd = this.#end;
    if (!this.#copyWord()) return false;
    if (this.#end === row.titleEnd && !this.#makeSlug()) return false;
    row.slugEnd = this.#end;
    return true;
  }

  #copyWord(): boolean {
    if (this.#passNothing()) return true;
    const page = this.#page;
    if (page[this.#at] !== quote) return false;
    const { words } = this.#row;
    let at = this.#at + 1;
    for (; page[at] !== quote; at += 1) {
      const byte = page[at] ?? backslash;
      if (byte === backslash || byte > lastOfAscii) return false;
      words[this.#end] = byte;
      this.#end += 1;
    }
    this.#at = at + 2;
    return true;
  }

  /** As `slugOf` does. */
  #makeSlug(): boolean {
    const { words, artistEnd, titleEnd } = this.#row;
    if (!this.#copyPlainly(0, artistEnd)) return false;
    words[this.#end] = underscore;
    words[this.#end + 1] = underscore;
    this.#end += 2;
    return this.#copyPlainly(artistEnd, titleEnd);
  }

  /** Copies letters in lower case and digits, and one space for whatever stands between them. */
  #copyPlainly(from: number, to: number): boolean {
    const { words } = this.#row;
    const begin = this.#end;
    let isApart = false;
    for (let at = from; at < to; at += 1) {
      const byte = words[at] ?? 0;
      if (byte === parenthesis || byte === openingBracket) return false;
      const lower = byte >= upperA && byte <= upperZ ? byte + 32 : byte;
      if (isDigit(lower) || (lower >= lowerA && lower <= lowerZ)) {
        if (isApart && this.#end > begin) {
          words[this.#end] = space;
          this.#end += 1;
        }
        words[this.#end] = lower;
        this.#end += 1;
        isApart = false;
      } else isApart = true;
    }
    return true;
  }

  /** True, and past it, if the next value is null or an empty text. */
  #passNothing(): boolean {
    if (this.#page[this.#at] === lowerN) this.#at += 5;
    else if (this.#page[this.#at] === quote && this.#page[this.#at + 1] === quote) this.#at += 3;
    else return false;
    return true;
  }

  /** Goes past the row that begins here. */
  #skip(begin: number): void {
    const page = this.#page;
    let isText = false;
    let at = begin + 1;
    for (; isText || page[at] !== closingBracket; at += 1) {
      if (page[at] === quote) isText = !isText;
      else if (isText && page[at] === backslash) at += 1;
    }
    this.#at = at + 1;
  }
}

const mostDigits = 15;
const powersOfTen = Array.from({ length: mostDigits + 1 }, (_, power) => 10 ** power);

const code = (character: string): number => character.charCodeAt(0);
const [openingBracket, closingBracket, parenthesis] = [code('['), code(']'), code('(')];
const [quote, backslash, comma, fullStop, minus] = [
  code('"'),
  code('\\'),
  code(','),
  code('.'),
  code('-'),
];
const [zero, nine, underscore, space] = [code('0'), code('9'), code('_'), code(' ')];
const [upperA, upperZ, lowerA, lowerN, lowerZ] = [
  code('A'),
  code('Z'),
  code('a'),
  code('n'),
  code('z'),
];
const lastOfAscii = 0x7f;

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= zero && byte <= nine;
