/**
 * A line of the daemon's log for a terminal. Requests and jobs are in columns: time, outcome, duration, and what
 * it was.
 */
import * as z from 'zod/mini';
import { hintOf } from '../hints.ts';
import { paint, type Style, type Tone } from './style.ts';
import { oneLine } from './text-width.ts';
import { duration } from './time.ts';

/** The fields of pino that are known here. Every other field is printed with its name. */
export const logEntrySchema = z.looseObject({
  /** Wall time in milliseconds. */
  time: z.number(),
  /** As pino counts them: 30 for information, 40 for a warning, 50 for an error. */
  level: z.number(),
  msg: z._default(z.string(), ''),
});

export type LogEntry = z.infer<typeof logEntrySchema>;

export function logLine(style: Style, entry: LogEntry): string {
  const time = paint(style, 'dim', new Date(entry.time).toTimeString().slice(0, 8));
  const request = requestSchema.safeParse(entry);
  if (request.success) return `${time}  ${requestText(style, request.data)}`;
  const job = jobSchema.safeParse(entry);
  return `${time}  ${job.success ? jobText(style, job.data) : plainText(style, entry)}`;
}

const requestSchema = z.object({
  method: z.string(),
  url: z.string(),
  status: z.number(),
  ms: z.number(),
});

function requestText(
  style: Style,
  { method, url, status, ms }: z.infer<typeof requestSchema>,
): string {
  const tone = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'dim';
  return columns(style, tone, String(status), ms, oneLine(`${method} ${url}`));
}

const jobSchema = z.object({
  job: z.string(),
  track: z.nullable(z.string()),
  outcome: z.string(),
  ms: z.number(),
  reason: z.optional(z.string()),
  hint: z.optional(z.string()),
});

const jobTones: Readonly<Record<string, Tone>> = { done: 'green', error: 'red', retry: 'yellow' };

function jobText(style: Style, entry: z.infer<typeof jobSchema>): string {
  const { job, track, outcome, ms, reason, hint } = entry;
  const what = track === null ? `job ${job}` : `job ${job}  ${track}`;
  const lines = [columns(style, jobTones[outcome], outcome, ms, oneLine(what))];
  if (reason !== undefined) lines.push(below(reason));
  if (hint !== undefined) lines.push(below(`hint: ${hint}`));
  return lines.join('\n');
}

function columns(
  style: Style,
  tone: Tone | undefined,
  outcome: string,
  ms: number,
  what: string,
): string {
  const took = paint(style, 'dim', duration(ms).padStart(7));
  return `${paint(style, tone, outcome.padEnd(8))}  ${took}  ${what}`;
}

function plainText(style: Style, entry: LogEntry): string {
  const { level, msg, err, message, code, hint } = entry;
  const told = Object.entries(entry).filter(([name]) => !toldOtherwise.has(name));
  const fields = told.flatMap(([name, value]) => field(name, value, msg)).join('');
  const line = label(style, level) + oneLine(msg) + paint(style, 'dim', oneLine(fields));
  const problem = problemSchema.safeParse(err ?? { message, code, hint });
  return [line, ...(problem.success ? problemLines(problem.data) : [])].join('\n');
}

/** Fields of every line that are not printed, or printed in another way. */
const toldOtherwise: ReadonlySet<string> = new Set(
  ['time', 'level', 'msg', 'pid', 'hostname', 'name'].concat(['err', 'message', 'code', 'hint']),
);

/** Empty if the message says it already. */
function field(name: string, value: unknown, msg: string): string[] {
  if (typeof value !== 'string') return [`  ${name}=${JSON.stringify(value)}`];
  return msg.includes(value) ? [] : [`  ${name}=${value}`];
}

function label(style: Style, level: number): string {
  if (level >= 50) return paint(style, 'red', 'error: ');
  return level >= 40 ? paint(style, 'yellow', 'warning: ') : '';
}

/** An error, or the error that belongs to a message. */
const problemSchema = z.object({
  message: z.optional(z.string()),
  stack: z.optional(z.string()),
  /** Present in an error of the catalogue, which has a hint and needs no stack. */
  code: z.optional(z.string()),
  hint: z.optional(z.string()),
});

function problemLines({ message, stack, code, hint }: z.infer<typeof problemSchema>): string[] {
  if (hint === undefined) return [stack ?? message].flatMap((text) => (text ? [below(text)] : []));
  const told =
    message === undefined ? [] : [below(code === undefined ? message : `${code}: ${message}`)];
  return [...told, below(`hint: ${code === undefined ? hint : hintOf({ code, hint })}`)];
}

const below = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `          ${oneLine(line)}`)
    .join('\n');
