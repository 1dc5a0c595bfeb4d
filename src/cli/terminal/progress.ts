import { duration } from './time.ts';

export interface ProgressCount {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Milliseconds since the first job was taken. */
  readonly elapsed: number;
  /** `percent` if the count means nothing to people. */
  readonly unit?: 'percent' | undefined;
}

const barWidth = 24;

/** `████████░░░░░░░░░░░░░░░░  3210/10000  412/s  16.4s left  2 failed` */
export function progressText({ done, failed, total, elapsed, unit }: ProgressCount): string {
  const full = total === 0 ? barWidth : Math.floor((done / total) * barWidth);
  const perSecond = elapsed === 0 ? 0 : (done * 1000) / elapsed;
  const parts = [
    `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`,
    unit === 'percent' ? `${done}%` : `${done}/${total}`,
  ];
  if (done > 0 && unit === undefined) parts.push(`${rate(perSecond)}/s`);
  if (done > 0 && done < total) parts.push(`${duration(((total - done) / perSecond) * 1000)} left`);
  if (failed > 0) parts.push(`${failed} failed`);
  return parts.join('  ');
}

/** Like `progressText`, for a step whose end may be unknown: `looking at entries  120000  45000/s` */
export function stepText(
  step: string,
  count: Omit<ProgressCount, 'total' | 'failed'> & { readonly total: number | undefined },
): string {
  const { done, total, elapsed } = count;
  if (total !== undefined && total >= done)
    return `${step}  ${progressText({ ...count, total, failed: 0 })}`;
  if (done === 0) return step;
  return `${step}  ${done}  ${rate(elapsed === 0 ? 0 : (done * 1000) / elapsed)}/s`;
}

const rate = (perSecond: number): string =>
  perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
