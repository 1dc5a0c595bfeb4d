/** What moves on the terminal while jobs run; loaded only where there is a terminal and something to wait for. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WriteStream } from 'node:tty';
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput, type ListrTask } from 'listr2';
import * as z from 'zod/mini';
import { CabError, isError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import type { JobEvent } from '../../core/model/job/job.ts';
import { progressText } from './progress.ts';
import { oneLine } from './text-width.ts';
import { duration } from './time.ts';

const redrawMs = 100;

/** The renderer is chosen by looking at stdout, which is data here and often a pipe; this one serves any stream. */
class TerminalRenderer extends DefaultRenderer {
  static override readonly nonTTY = true;
}

/** `clears`: what told of the way is gone once the work is done; its result says the rest. */
function listr(stream: WriteStream, tasks: ListrTask[], clears: boolean) {
  // It asks stdout for the width, and takes 80 where that is a pipe.
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

/** What is written meanwhile is held back where it would tear the picture: where stdout is the same terminal. */
const outputOf = (stream: WriteStream): ProcessOutput =>
  new ProcessOutput(stream, process.stdout.isTTY ? process.stdout : stream, {
    leaveEmptyLine: false,
  });

export interface Bar {
  at(done: number, failed?: number): void;
  /** Shows the bar until the work has ended, and passes on how it did. */
  during(work: Promise<void>): Promise<void>;
}

/** One line that says how far the work is, from its second second on; passes on how the work ended. */
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
  readonly end: Promise<JobDocument>;
}

/** A line for each of a few jobs, with what the runner says of its progress. */
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

const progressSchema = z.object({
  fraction: z.nullish(z.number()),
  message: z.nullish(z.string()),
});

/** Progress is an extra: where its events cannot be read, the job's end still tells what is wrong. */
async function follow(
  events: AsyncIterable<JobEvent>,
  show: (text: string) => void,
): Promise<void> {
  try {
    for await (const { type, data, attempt } of events) {
      if (type === 'retrying') show(`attempt ${attempt} failed, trying again`);
      if (type !== 'progress') continue;
      const { fraction, message } = progressSchema.parse(data);
      const parts = [
        fraction == null ? '' : `${Math.round(fraction * 100)}%`,
        oneLine(message ?? ''),
      ];
      show(parts.filter((part) => part !== '').join('  '));
    }
  } catch (error) {
    if (!(error instanceof CabError || isError(error))) throw error;
  }
}
