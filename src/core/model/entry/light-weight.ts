/** Bytes that a file weighs besides its content: each is a name to look up and a file to flush. */
const perFile = 1 << 10;

/** What decides whether a result is small. @param size of a file, in bytes */
export const weightOf = (size: number): number => size + perFile;

/** How much all files of a small result weigh together at most, unless a setting says otherwise. */
export const defaultInlineBytes = 256 << 10;

/** The most that a setting may say. Results of all running jobs may be in memory at a time, and in the job store until they are flushed. */
export const mostInlineBytes = 4 << 20;
