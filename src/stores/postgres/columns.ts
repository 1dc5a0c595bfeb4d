/** Text of users in columns of PostgreSQL, which holds neither NUL nor half of a surrogate pair. */

const unfit = /\0|\p{Surrogate}|^"/u;

/** Text that does not fit is held as JSON, which begins with a quote. So text that begins with one is JSON, too. */
export const storedText = (text: string): string =>
  unfit.test(text) ? JSON.stringify(text) : text;

export const storedTextOrNull = (text: string | null): string | null =>
  text === null ? null : storedText(text);

/** An id that somebody asks for. None has a NUL, so one that has names nothing. */
export const soughtId = (id: string): string => id.replaceAll('\0', '\u{fffd}');

export const shownText = (stored: string): string =>
  stored.startsWith('"') ? String(JSON.parse(stored)) : stored;

/** Rows as one array a column, for `unnest`. */
export const columnsOf = <T>(
  rows: readonly T[],
  ...values: readonly ((row: T) => unknown)[]
): unknown[][] => values.map((value) => rows.map(value));
