const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `850ms`, `4.2s`, `5s`, `3m 05s`, `2h 10m`, `3d 4h`. */
export function duration(ms: number): string {
  const two = (count: number): string => String(Math.floor(count)).padStart(2, '0');
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < minute) return `${Math.floor(ms / 100) / 10}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}m ${two((ms % minute) / 1000)}s`;
  if (ms < day) return `${Math.floor(ms / hour)}h ${two((ms % hour) / minute)}m`;
  return `${Math.floor(ms / day)}d ${Math.floor((ms % day) / hour)}h`;
}

/** Distance of an instant from now, in one unit: `just now`, `5s ago`, `3d ago`, `in 10s`. */
export function relative(instant: string, now: number): string {
  const apart = now - Date.parse(instant);
  const size = Math.abs(apart);
  if (size < 1000) return 'just now';
  const text = inOneUnit(size);
  return apart > 0 ? `${text} ago` : `in ${text}`;
}

function inOneUnit(ms: number): string {
  if (ms < minute) return `${Math.floor(ms / 1000)}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}m`;
  if (ms < day) return `${Math.floor(ms / hour)}h`;
  return `${Math.floor(ms / day)}d`;
}

export const dateAndTime = (instant: string): string =>
  instant.replace('T', ' ').replace(/\.\d+Z$/, 'Z');

/** An instant for people, with how long ago it was. */
export const instant = (text: string, now: number): string =>
  `${dateAndTime(text)}  (${relative(text, now)})`;
