/** The same name for a song in any punctuation: `artist__title`. */
export const slugOf = (artist: string, title: string): string =>
  `${plainWords(artist)}__${plainWords(title)}`;

// The second half closes with a parenthesis. Slugs that are stored in spines were made this way.
const asides = /\([^)]*\)|\[[^\]]*\)/g;
const separators = /[^a-z0-9]+/g;

const plainWords = (text: string): string =>
  text.trim().toLowerCase().replace(asides, '').replace(separators, ' ').trim();
