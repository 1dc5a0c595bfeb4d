/** Progress of jobs on a terminal. Loaded only if there is a terminal and something to wait for. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WriteStream } from 'node:tty';
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput, type ListrTask } from 'listr2';
import { CabError, isError } from '../../core/model/errors.ts';
import type { EndedJobDocument, JobDocument } from '../../core/model/job/job-document.ts';
import type { JobEvent } from '../../core/model/job/job-event.ts';
import { progressText } from './progress.ts';
import { oneLine } from './text-width.ts';
import { duration } from './time.ts';

const redrawMs = 100;

/** listr2 chooses a renderer by looking at stdout, which carries data here and is often a pipe. This renderer works on any stream. */
class TerminalRenderer extends DefaultRenderer {
  static override readonly nonTTY = true;
}

/** `clears`: the progress disappears when the work is done. */
function listr(stream: WriteStream, tasks: ListrTask[], clears: boolean) {
  // listr2 takes the width of stdout, and 80 if stdout is a pipe.
  if (!process.stdout.isTTY) process.stdout.columns = stream.columns;
  return new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    collectErrors: false,
    registerSignalListeners: false,
    renderer: TerminalRenderer,
    rendererOptions: {
      clearOutput: clears,
      logger: new ListrLogger({
        processOutput: outputOf(stream),
        useIcons: true,
        toStderr: [],
      }),
    },
  });
}

/** Output is held back during the progress if stdout is the same terminal, because it would break the picture. */
const outputOf = (stream: WriteStream): ProcessOutput =>
  new ProcessOutput(stream, process.stdout.isTTY ? process.stdout : stream, {
    leaveEmptyLine: false,
  });

export interface Bar {
  at(done: number, failed?: number): void;
  /** Shows the bar until the work has ended. Resolves or rejects as the work does. */
  during(work: Promise<void>): Promise<void>;
}

/** One line of progress, shown after the first second. Resolves or rejects as the work does. */
export async function during<T>(
  stream: WriteStream,
  text: () => string,
  work: Promise<T>,
): Promise<T> {
  const isOver = await Promise.race([
    work.then(
      () => true,
      () => true,
    ),
    delay(1000, false, { ref: false }),
  ]);
  if (!isOver) await redrawn(stream, text, work, true);
  return work;
}

/** One bar for many things. */
export function bar(stream: WriteStream, total: number, unit?: 'percent'): Bar {
  const start = performance.now();
  let count = { done: 0, total, failed: 0 };
  const text = (): string => progressText({ ...count, unit, elapsed: performance.now() - start });
  return {
    at: (done, failed = 0) => (count = { done, total, failed }),
    during: (work) => redrawn(stream, text, work, false),
  };
}

/** Rejects as the work does. */
async function redrawn(
  stream: WriteStream,
  text: () => string,
  work: Promise<unknown>,
  clears: boolean,
): Promise<void> {
  const title = {
    title: text(),
    task: async (_context: unknown, task: { title?: string }) => {
      const timer = setInterval(() => (task.title = text()), redrawMs);
      try {
        await work;
      } finally {
        clearInterval(timer);
        task.title = text();
      }
    },
  };
  const run = listr(stream, [title], clears).run();
  await Promise.all([work, run]);
}

interface Line {
  readonly name: string;
  readonly job: JobDocument;
  readonly end: Promise<EndedJobDocument>;
}

/** A line for each of a few jobs, with the progress that the runner reports. */
export async function lines(
  stream: WriteStream,
  jobs: readonly Line[],
  events: (id: string) => AsyncIterable<JobEvent>,
): Promise<void> {
  const tasks = jobs.map(({ name, job, end }): ListrTask => ({
    title: oneLine(name),
    task: async (_context, task) => {
      const start = performance.now();
      void follow(events(job.job_id), (said) => (task.title = `${oneLine(name)}  ${said}`));
      const ended = await end.catch(() => undefined);
      const took = duration(performance.now() - start);
      task.title = `${oneLine(name)}  ${ended === undefined ? 'has not ended' : `${ended.status}, ${took}`}`;
      if (ended?.status !== 'done') throw new Error(task.title);
    },
  }));
  await listr(stream, tasks, false).run();
}

/** Progress is optional. If events cannot be read, the end of the job still reports what is wrong. */
async function follow(
  events: AsyncIterable<JobEvent>,
  show: (text: string) => void,
): Promise<void> {
  try {
    for await (const event of events) {
      if (event.type === 'retrying') show(`attempt ${event.attempt} failed, trying again`);
      if (event.type !== 'progress') continue;
      const { fraction, message } = event.data;
      const parts = [
        fraction === null ? '' : `${Math.round(fraction * 100)}%`,
        oneLine(message ?? ''),
      ];
      show(parts.filter((part) => part !== '').join('  '));
    }
  } catch (error) {
    if (!(error instanceof CabError || isError(error))) throw error;
  }
}
