import type { JobDocument } from '../../../core/model/job/job-document.ts';
import { paint, type Style, type Tone } from '../style.ts';
import { oneLine, truncated } from '../text-width.ts';

export interface WatchCounts {
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
}

/** `watching inbox for *.txt`, before anything is seen. */
export const watchStart = (folders: readonly string[], pattern: string): string =>
  `watching ${folders.map(oneLine).join(', ')} for ${oneLine(pattern)}`;

/** `watching inbox  1204 seen  3 waiting  12 running  1188 done  1 failed`, in one line of the terminal. */
export function watchLine(style: Style, folders: readonly string[], counts: WatchCounts): string {
  const { waiting, running, done, failed } = counts;
  const text = [
    `watching ${folders.map(oneLine).join(', ')}`,
    `${waiting + running + done + failed} seen`,
    `${waiting} waiting`,
    `${running} running`,
    `${done} done`,
  ].join('  ');
  const failures = failed === 0 ? '' : `  ${failed} failed`;
  const room = Math.max(20, style.width - failures.length - 1);
  return truncated(text, room) + paint(style, 'red', failures);
}

/** `done  inbox/foo.features.json  <job>  <artifact>`: the columns never change, for programs that read them. */
export function fileLine(
  style: Style,
  what: string,
  file: string,
  job: JobDocument | null,
  more = '',
): string {
  const about = more === '' ? (job?.result?.artifact_path ?? '') : more;
  const parts = [what.padEnd(9), oneLine(file), job?.job_id ?? '-', oneLine(about)];
  return paint(style, tones.get(what), parts.filter((part) => part !== '').join('  '));
}

const tones: ReadonlyMap<string, Tone> = new Map([['failed', 'red']]);
