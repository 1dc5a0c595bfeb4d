/** Values as people read them. Each is as short as it can be and still tells what it must. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
export const count = (value: number): string => whole.format(value);

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function bytes(value: number): string {
  let unit = 0;
  let rest = value;
  for (; rest >= 999.5 && unit < units.length - 1; unit += 1) rest /= 1000;
  return `${unit === 0 ? rest : rest.toFixed(rest < 9.95 ? 1 : 0)} ${units[unit] ?? ''}`;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `850 ms`, `12.4 s`, `3 min 20 s`, `2 h 5 min`, `4 d 2 h`. */
export function duration(ms: number): string {
  if (ms < second) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < minute) return `${(ms / second).toFixed(1)} s`;
  if (ms < hour) return parts(ms, minute, 'min', second, 's');
  if (ms < day) return parts(ms, hour, 'h', minute, 'min');
  return parts(ms, day, 'd', hour, 'h');
}

function parts(
  ms: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const rest = Math.floor((ms % large) / small);
  return `${count(Math.floor(ms / large))} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** `12 s ago`: one unit, for columns. */
export function age(ms: number): string {
  if (ms < 5 * second) return 'now';
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < day) return `${Math.floor(ms / hour)} h`;
  return `${count(Math.floor(ms / day))} d`;
}

export const percent = (part: number, all: number): string =>
  all === 0 ? '–' : `${((part / all) * 100).toFixed(part === all || part === 0 ? 0 : 1)} %`;

/** The parts of ids and digests that tell them apart: ids ascend in time, so their ends do; digests begin at random. */
export const shortId = (id: string): string => (id.length > 12 ? id.slice(-8) : id);
export const shortHash = (hash: string): string => (hash.length > 16 ? hash.slice(0, 10) : hash);

export const inputName = (path: string): string => path.split(/[\\/]/).at(-1) || path;

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

/** `2026-11-22 19:58:28` of this machine's clock. */
export function moment(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${clock(iso)}`;
}

export function clock(iso: string, withMs = false): string {
  const at = new Date(iso);
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return withMs ? `${time}.${pad(at.getMilliseconds(), 3)}` : time;
}

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
