import { WriteStream } from 'node:tty';
import type { StepProgress } from '../../core/model/report/step-progress.ts';
import { stepText } from '../terminal/progress.ts';
import { Interrupted, OutputClosed } from '../interruption.ts';
import { isLive, type Services } from '../services.ts';

/** Shows one line on a terminal during the work: step, progress and speed, then `more`. */
export async function withSteps<T>(
  { stderr, env }: Services,
  begin: (onProgress: (progress: StepProgress) => void) => Promise<T>,
  more: (progress: StepProgress, elapsedMs: number) => string = () => '',
): Promise<T> {
  let progress: StepProgress = { step: 'beginning', done: 0, total: undefined };
  let since = performance.now();
  const work = begin((now) => {
    if (now.step !== progress.step) since = performance.now();
    progress = now;
  });
  const text = (): string => {
    const elapsed = performance.now() - since;
    return stepText(progress.step, { ...progress, elapsed }) + more(progress, elapsed);
  };
  try {
    if (!isLive(stderr, env) || !(stderr instanceof WriteStream)) return await work;
    const { during } = await import('../terminal/progress-view.ts');
    return await during(stderr, text, work);
  } catch (error) {
    if (error instanceof Interrupted && !(error instanceof OutputClosed))
      stderr.write(`interrupted while ${reached(progress)}\n`);
    throw error;
  }
}

const reached = ({ step, done, total }: StepProgress): string =>
  total === undefined ? step : `${step}: ${done} of ${total} done`;
