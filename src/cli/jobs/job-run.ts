/**
 * From the command line to an exit code: hands jobs in, prints them, and follows those that run here or are waited
 * for. Shared by `submit` and `retry`. Longer than other files, because an interruption must know at each step which jobs
 * are accepted, open and refused.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from '../../core/engine/broker.ts';
import { CabError, isCabError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { unlessAborted } from '../../support/time/unless-aborted.ts';
import { countedJobs } from '../terminal/documents/jobs.ts';
import { exitCodeOf, exitCodeOfJob, Failures, type ExitCode } from '../exit-codes.ts';
import { inOrder, turns } from './in-order.ts';
import { HungUp, Interrupted, OutputClosed } from '../interruption.ts';
import { failureOf } from './job-failure.ts';
import { followJobs, type Accepted } from './job-progress.ts';
import { Outcome } from './outcome.ts';
import type { Services } from '../services.ts';

/** One job to come: `accept` hands it in. */
export interface Order {
  /** What the user calls it: the file, or the id of the job that is retried. */
  readonly name: string;
  readonly accept: () => Promise<JobDocument>;
}

export interface JobRunOptions {
  readonly broker: Broker;
  readonly isRemote: boolean;
  readonly signal: AbortSignal;
  readonly services: Pick<Services, 'stderr' | 'env'>;
  /** False: the jobs stay in the queue, for those who run it. */
  readonly follow: boolean;
  /** Goes on with what others left behind, once its own jobs have ended. */
  readonly adopt: boolean;
  /** At an interruption the jobs stay in the queue. */
  readonly keep: boolean;
  readonly graceMs: number;
  /** Has jobs that run here end, or hands them back to the queue. */
  readonly stop: () => Promise<void>;
  /** When to print a job: `both` for an id that is needed before the job has ended. */
  readonly printAt: 'acceptance' | 'end' | 'both';
  readonly waitTimeoutMs: number | undefined;
  readonly print: (job: JobDocument, at: 'acceptance' | 'end') => void;
  /** An input that was not accepted. */
  readonly refuse: (error: CabError, name: string) => void;
  /** A job that failed, for people. */
  readonly tell: (error: CabError, name: string) => void;
  readonly say: (text: string) => void;
  /** Saves the result of a job that is done, where that was asked for. Throws CabError. */
  readonly save?: ((job: JobDocument, name: string) => Promise<void>) | undefined;
  /** False where programs read: no line for people at the end. */
  readonly tellsOutcome: boolean;
}

/** How many submissions are under way at a time; those that are share a commit. */
const together = 64;

/** Throws what keeps all jobs from being accepted or followed, and the signal's reason. */
export async function runJobs(orders: readonly Order[], options: JobRunOptions): Promise<ExitCode> {
  const run = new JobRun(orders.length, options);
  try {
    await run.submit(orders);
    if (options.follow) await run.follow();
  } catch (error) {
    if (options.signal.aborted) throw await run.interrupted(options.signal);
    run.tellUnfinished(error);
    throw error;
  } finally {
    run.isOver = true;
  }
  return run.failures.exitCode;
}

/** Somebody wants the work to end, and has not merely gone away. */
const isAsked = (reason: unknown): boolean =>
  !(reason instanceof OutputClosed || reason instanceof HungUp);

class JobRun {
  isOver = false;
  readonly failures = new Failures();
  readonly #outcome = new Outcome();
  readonly #total: number;
  readonly #options: JobRunOptions;
  readonly #accepted: Accepted[] = [];
  readonly #submitting = new Set<Promise<unknown>>();
  /** Accepted, and not known to have ended. */
  readonly #open = new Set<Accepted>();
  readonly #refused = new Set<string>();
  #answered = 0;

  constructor(total: number, options: JobRunOptions) {
    this.#total = total;
    this.#options = options;
    const { signal } = options;
    // At once, for what follows may take as long as a runner takes to end.
    signal.addEventListener('abort', () => {
      const text = this.isOver ? undefined : this.#interruption(signal.reason);
      if (text !== undefined) options.say(text);
    });
  }

  async submit(orders: readonly Order[]): Promise<void> {
    const { signal } = this.#options;
    const accept = async (order: Order, at: number): Promise<JobDocument | CabError> => {
      const accepting = settled(order.accept);
      const known = accepting.then((job) => this.#know(job, order, at));
      this.#submitting.add(known);
      known.catch(() => undefined).finally(() => this.#submitting.delete(known));
      return accepting;
    };
    const numbered = orders.map((order, at) => ({ order, at }));
    await inOrder(
      numbered,
      { width: together, signal },
      ({ order, at }) => accept(order, at),
      (job, { order, at }) => this.#take(job, order, at),
    );
  }

  /** What becomes of the jobs if the command cannot go on. */
  tellUnfinished(error: unknown): void {
    const { isRemote, say } = this.#options;
    const open = this.#unfinished().length;
    if (open === 0 || isCabError(error, 'wait_timeout')) return;
    const isGone = isRemote && isCabError(error) && error.kind === 'unreachable';
    const whoRuns = isGone ? 'a daemon that is started again goes on with them' : this.#whoRuns;
    const missing = this.#notSubmitted;
    const rest =
      missing === '' ? '' : `${missing}. The same command submits them, and computes nothing twice`;
    say(`${countedJobs(open)} accepted, and not known to have ended; ${whoRuns}${rest}`);
  }

  async follow(): Promise<void> {
    const { printAt, print, tell } = this.#options;
    const late: (() => void)[] = [];
    const saving: Promise<void>[] = [];
    // In the order of the command line: files that are hashed at the same time are accepted in any.
    const inTurn = turns(this.#accepted.toSorted((a, b) => a.at - b.at));
    try {
      await followJobs(this.#accepted, this.#options, (job, item) => {
        const { name, at } = item;
        this.#open.delete(item);
        if (printAt !== 'acceptance') inTurn(item, () => print(job, 'end'));
        this.failures.add(at, exitCodeOfJob(job));
        this.#outcome.add(job);
        // What is said while a bar is drawn would tear it.
        if (job.status !== 'done') late.push(() => tell(failureOf(job), name));
        else saving.push(this.#save(job, item, late));
      });
    } catch (error) {
      throw this.#toldOn(error);
    } finally {
      await Promise.allSettled(saving);
      for (const speak of late) speak();
    }
    await Promise.all(saving);
    await this.#tellOutcome();
    await this.#idle();
  }

  async #save(job: JobDocument, { name, at }: Accepted, late: (() => void)[]): Promise<void> {
    const { save, tell } = this.#options;
    try {
      await save?.(job, name);
    } catch (error) {
      if (!(error instanceof CabError)) throw error;
      this.failures.add(at, exitCodeOf(error.code));
      late.push(() => tell(error, name));
    }
  }

  /** Also of one job: that nothing was run is seen nowhere else. */
  async #tellOutcome(): Promise<void> {
    const { broker, say, tellsOutcome } = this.#options;
    const text = tellsOutcome ? await this.#outcome.text(broker) : undefined;
    if (text !== undefined) say(text);
  }

  /** Says what becomes of the jobs that had not ended. Gives why the command ends. */
  async interrupted({ reason }: AbortSignal): Promise<unknown> {
    const { follow, keep } = this.#options;
    // What was under way may be accepted yet.
    await Promise.race([Promise.allSettled(this.#submitting), delay(lateMs)]);
    const open = this.#unfinished();
    const { withdraw } = await import('./job-withdrawal.ts');
    await withdraw(open, { ...this.#options, keep: keep || !follow || !isAsked(reason) });
    // A reader that went away is no failure, unless there was more to do than to print.
    const isCutShort = open.length > 0 || this.#answered < this.#total;
    return reason instanceof OutputClosed && isCutShort
      ? new Interrupted('stdout was closed')
      : reason;
  }

  #unfinished(): readonly Accepted[] {
    return [...this.#open].filter(({ job }) => job.finished_at === null);
  }

  #know(job: JobDocument | CabError, { name }: Order, at: number): void {
    this.#answered += 1;
    if (job instanceof CabError) return;
    const item = { name, job, at };
    this.#accepted.push(item);
    this.#open.add(item);
  }

  #take(job: JobDocument | CabError, { name }: Order, at: number): void {
    const { printAt, print, refuse } = this.#options;
    if (!(job instanceof CabError)) {
      if (printAt !== 'end') print(job, 'acceptance');
      return;
    }
    refuse(job, name);
    this.#refused.add(job.code);
    this.failures.add(at, exitCodeOf(job.code));
  }

  /** Goes on with what others left behind; a command that runs none of that clears up after dead ones all the same. */
  async #idle(): Promise<void> {
    const { broker, say, signal, adopt, waitTimeoutMs } = this.#options;
    if (!adopt && (this.#accepted.length === 0 || waitTimeoutMs !== undefined)) return;
    const text = adopt
      ? 'going on with jobs that others left behind; Ctrl-C leaves them'
      : 'ending what a command that was killed has left running';
    const note = setTimeout(() => say(text), noteAfterMs);
    try {
      await unlessAborted(broker.idle(), signal);
    } catch (error) {
      // What kept a job from the store keeps others from it too, and was told.
      if (!isCabError(error) || !this.#refused.has(error.code)) throw error;
    } finally {
      clearTimeout(note);
    }
  }

  /** What is said at once. */
  #interruption(reason: unknown): string | undefined {
    const { keep, follow } = this.#options;
    const open = this.#unfinished().length;
    const unasked = this.#total - this.#answered;
    const isOutput = reason instanceof OutputClosed;
    if (isOutput && open + unasked === 0) return undefined;
    const what = isOutput ? 'stdout was closed' : 'interrupted';
    const canceling = `: canceling ${countedJobs(open)} (Ctrl-C again to kill what runs and leave)`;
    const isCanceling = open > 0 && follow && !keep && isAsked(reason);
    return `${what}${this.#notSubmitted}${isCanceling ? canceling : ''}`;
  }

  /** Empty if all were. */
  get #notSubmitted(): string {
    const unasked = this.#total - this.#answered;
    return unasked === 0 ? '' : `; ${unasked} of ${this.#total} were not submitted`;
  }

  get #whoRuns(): string {
    return this.#options.isRemote
      ? 'the daemon runs them'
      : 'a daemon runs them (cab serve), or a command with --adopt';
  }

  /** Says who goes on with a job whose wait ran out: where it ran in this process, not this one. */
  #toldOn(error: unknown): unknown {
    if (!isCabError(error, 'wait_timeout')) return error;
    const { code, message, details } = error;
    const goesOn = this.#options.isRemote
      ? 'The daemon goes on with it'
      : 'It stays in the queue; a daemon runs it (cab serve), or a command with --adopt';
    const hint = `${goesOn}; ask again with: cab status ${String(details['job_id'])}`;
    return new CabError(code, message, { details, hint });
  }
}

/** What a submission that was under way at the interruption is given. Milliseconds. */
const lateMs = 2000;

/** A command whose own jobs are done and that does not end looks as if it hung. */
const noteAfterMs = 1000;

/** A refusal is one job's; the others go on. What makes all fail alike goes up. */
async function settled(accept: Order['accept']): Promise<JobDocument | CabError> {
  try {
    return await accept();
  } catch (error) {
    if (error instanceof CabError && error.kind !== 'unreachable') return error;
    throw error;
  }
}
