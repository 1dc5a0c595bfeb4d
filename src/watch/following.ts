/** Waits for the jobs of submitted files, some at a time, the oldest first. The table lists the files to follow. */
import { isCabError } from '../core/model/errors.ts';
import type { JobDocument } from '../core/model/job/job-document.ts';
import type { WatchContext } from './context.ts';
import { isAboutChange, isUnchanged } from './submission.ts';
import type { SeenFile } from '../core/ports/seen-files.ts';
import type { WatchProblem } from './watcher.ts';

export interface FollowingOptions {
  readonly context: WatchContext;
  /** The job ended as done. */
  readonly onDone: (file: FollowedFile) => void;
  /** The job's end says nothing about the file as it is now. */
  readonly onUnclear: (path: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export type FollowedFile = Pick<SeenFile, 'path' | 'run_id' | 'fingerprint'>;

/** Number of jobs that are waited for at a time. They end roughly in the order of submission. */
const most = 64;

export class Following {
  readonly #options: FollowingOptions;
  /** By run id. */
  readonly #followed = new Map<string, Promise<void>>();
  #filling: Promise<void> | undefined;
  #again = false;

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  /** Called if there may be jobs to follow. */
  fill(): void {
    this.#again = true;
    this.#filling ??= this.#fill()
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#filling = undefined;
        // `fill` was called after the last look and before this turn.
        if (this.#again && this.#canTakeMore) this.fill();
      });
  }

  /** Stores in the table how the job of a file ended. */
  async conclude(file: FollowedFile, job: JobDocument): Promise<void> {
    const { context, onDone, onUnclear } = this.#options;
    const { seen, backoff, teller, scope } = context;
    const { path, run_id } = file;
    const absolute = scope.absolute(path);
    if (job.status === 'done') {
      await backoff.persist(() => seen.settle({ path, run_id, state: 'done' }));
      teller.tell({ type: 'done', path: absolute, job });
      onDone(file);
      return;
    }
    const problem = problemOfJob(job);
    if (isAboutChange(problem.code) && !(await isUnchanged(file, context))) {
      await backoff.persist(() => seen.forget(file));
      return onUnclear(path);
    }
    const error = `${problem.code}: ${problem.message}`;
    await backoff.persist(() => seen.settle({ path, run_id, state: 'failed', error }));
    teller.tell({ type: 'failed', path: absolute, job, problem });
  }

  async close(): Promise<void> {
    await this.#filling;
    await Promise.all(this.#followed.values());
  }

  get #canTakeMore(): boolean {
    return this.#followed.size < most && !this.#options.context.signal.aborted;
  }

  async #fill(): Promise<void> {
    const { seen, backoff } = this.#options.context;
    while (this.#again && this.#canTakeMore) {
      this.#again = false;
      for (const file of await backoff.persist(() => seen.submitted(most))) {
        if (this.#followed.size >= most) break;
        if (!this.#followed.has(file.run_id)) this.#follow(file);
      }
    }
  }

  #follow(file: SeenFile): void {
    const run = this.#untilEnded(file)
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#followed.delete(file.run_id);
        if (!this.#options.context.signal.aborted) this.fill();
      });
    this.#followed.set(file.run_id, run);
  }

  async #untilEnded(file: SeenFile): Promise<void> {
    const { context, onUnclear } = this.#options;
    const { broker, backoff, seen, signal } = context;
    try {
      const job = await backoff.persist(() => broker.wait(file.job_id ?? '', { signal }));
      await this.conclude(file, job);
    } catch (error) {
      if (!isCabError(error, 'not_found')) throw error;
      // The queue no longer has the job, so its end is unknown.
      await backoff.persist(() => seen.forget(file));
      await onUnclear(file.path);
    }
  }
}

function problemOfJob({ job_id, status, error, problem }: JobDocument): WatchProblem {
  return {
    code: problem?.code ?? 'canceled',
    message: error ?? `job ${job_id} was ${status}`,
    hint: problem?.hint ?? 'Change the file, or retry the job.',
  };
}
