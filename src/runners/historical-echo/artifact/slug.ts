/** One name for one song, however it is punctuated: `artist__title`. */
export const slugOf = (artist: string, title: string): string =>
  `${plainWords(artist)}__${plainWords(title)}`;

// The second half closes with a parenthesis, as in every spine whose slugs are stored.
const asides = /\([^)]*\)|\[[^\]]*\)/g;
const separators = /[^a-z0-9]+/g;

const plainWords = (text: string): string =>
  text.trim().toLowerCase().replace(asides, '').replace(separators, ' ').trim();
