/** Milliseconds to the microsecond, as logs have them. */
export const roundedMs = (ms: number): number => Math.round(ms * 1000) / 1000;
