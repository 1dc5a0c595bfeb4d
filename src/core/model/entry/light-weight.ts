/** Bytes that a file weighs besides its content: each is a name to look up and a file to flush. */
const perFile = 1 << 10;

/** What decides whether a result is small. @param size of a file, in bytes */
export const weightOf = (size: number): number => size + perFile;
