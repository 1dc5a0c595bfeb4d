/** The greatest time that an id can hold. */
const latest = 2 ** 48 - 1;

/** Not greater than any UUIDv7 of this time or later, and greater than all earlier ones; `ms` of wall time. */
export function firstIdAt(ms: number): string {
  const hex = Math.min(Math.max(0, Math.ceil(ms)), latest)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
