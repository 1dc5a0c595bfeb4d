/**
 * From the command line to an exit code: hands jobs in, prints them, and follows those that run here or are waited
 * for. Shared by `submit` and `retry`.
 */
import type { Broker } from '../core/broker.ts';
import { CabError, isCabError, isErrorCode } from '../core/errors.ts';
import type { JobDocument } from '../core/model/job-document.ts';
import { exitCodeOf, exitCodeOfJob, type ExitCode } from './exit-codes.ts';
import { inOrder } from './in-order.ts';
import { OutputClosed } from './interruption.ts';
import { followJobs, type Accepted } from './job-progress.ts';
import type { Services } from './services.ts';

/** One job to come: `accept` hands it in. */
export interface Order {
  /** What the user calls it: the file, or the id of the job that is retried. */
  readonly name: string;
  readonly accept: () => Promise<JobDocument>;
}

export interface JobRunOptions {
  readonly broker: Broker;
  readonly signal: AbortSignal;
  readonly services: Pick<Services, 'stderr' | 'env'>;
  /** False: the jobs stay in the queue for whoever runs it. */
  readonly follow: boolean;
  /** Who runs what an interruption leaves in the queue. */
  readonly goesOn: string;
  /** Print a job once it has ended, not when it was accepted. */
  readonly printEnd: boolean;
  readonly waitTimeoutMs: number | undefined;
  readonly print: (job: JobDocument) => void;
  /** An input that was not accepted. */
  readonly refuse: (error: CabError, name: string) => void;
  /** A job that failed, for people. */
  readonly tell: (error: CabError, name: string) => void;
  readonly say: (text: string) => void;
  /** Whoever read stdout has gone, and did not know that there was more to do. */
  readonly onCutShort: () => void;
}

/** How many submissions are under way at a time; those that are share a commit. */
const together = 64;

export async function runJobs(orders: readonly Order[], options: JobRunOptions): Promise<ExitCode> {
  const { broker, signal, follow, printEnd, print, refuse, tell } = options;
  const failures = new Failures();
  const accepted: Accepted[] = [];
  const refused = new Set<string>();
  let open = 0;
  let answered = 0;
  const stayNote = (): string =>
    open === 1
      ? `1 job stays queued; ${options.goesOn} goes on with it`
      : `${open} jobs stay queued; ${options.goesOn} goes on with them`;
  const partNote = (): string =>
    `not all of ${orders.length} jobs were submitted; ${options.goesOn} goes on with those that were`;
  let isOver = false;
  signal.addEventListener('abort', () => {
    if (signal.reason instanceof OutputClosed) {
      const isPart = answered < orders.length;
      if (isOver || (open === 0 && !isPart)) return;
      options.say(`stdout was closed: ${isPart ? partNote() : stayNote()}`);
      options.onCutShort();
      return;
    }
    const note = open === 0 ? '' : `: ${stayNote()} (Ctrl-C again to leave at once)`;
    options.say(`interrupted${note}`);
  });
  const submit = ({ accept }: Order): Promise<JobDocument | CabError> => settled(accept);
  const take = (job: JobDocument | CabError, { name }: Order, at: number): void => {
    answered += 1;
    if (job instanceof CabError) {
      refuse(job, name);
      refused.add(job.message);
      failures.add(at, exitCodeOf(job.code));
      return;
    }
    open += 1;
    accepted.push({ name, job, at });
    if (!printEnd) print(job);
  };
  try {
    await inOrder(orders, { width: together, signal }, submit, take);
  } catch (error) {
    if (!signal.aborted && open > 0) options.say(stayNote());
    throw error;
  }
  isOver = !follow;
  if (!follow) return failures.exitCode;
  const late: (() => void)[] = [];
  const inTurn = turns(accepted);
  try {
    await followJobs(accepted, options, (job, item) => {
      const { name, at } = item;
      open -= 1;
      if (printEnd) inTurn(item, () => print(job));
      failures.add(at, exitCodeOfJob(job));
      // What is said while a bar is drawn would tear it.
      if (job.status !== 'done') late.push(() => tell(failureOf(job), name));
    });
  } catch (error) {
    throw toldOn(error, options.goesOn);
  } finally {
    for (const speak of late) speak();
  }
  // Whoever was refused everything has no work here, and must not do that of others.
  if (accepted.length === 0 || options.waitTimeoutMs !== undefined) return failures.exitCode;
  const note = setTimeout(
    () => options.say('going on with jobs that another command left behind; Ctrl-C leaves them'),
    noteAfterMs,
  );
  try {
    await broker.idle();
  } catch (error) {
    // What kept a job from the store keeps others from it too, and was told.
    if (!isCabError(error) || !refused.has(error.message)) throw error;
  } finally {
    clearTimeout(note);
  }
  return failures.exitCode;
}

/** A command whose own jobs are done and that does not end looks as if it hung. */
const noteAfterMs = 1000;

/** Says who goes on with a job whose wait ran out: where it ran in this process, not this one. */
function toldOn(error: unknown, goesOn: string): unknown {
  if (!isCabError(error, 'wait_timeout')) return error;
  const { code, message, details } = error;
  const hint = `${capital(goesOn)} goes on with it; ask again with: cab status ${String(details['job_id'])}`;
  return new CabError(code, message, { details, hint });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Calls what belongs to each item in the order of the items, as soon as it is its turn. */
function turns<T>(items: readonly T[]): (item: T, act: () => void) => void {
  const waiting = new Map<T, () => void>();
  const left = [...items].reverse();
  return (item, act) => {
    waiting.set(item, act);
    for (let next = left.at(-1); next !== undefined; next = left.at(-1)) {
      const due = waiting.get(next);
      if (due === undefined) return;
      left.pop();
      due();
    }
  };
}

/** The first failure, in the order of the command line, decides. */
class Failures {
  #first: { readonly at: number; readonly code: ExitCode } | undefined;

  add(at: number, code: ExitCode): void {
    if (code !== 0 && at < (this.#first?.at ?? Infinity)) this.#first = { at, code };
  }

  get exitCode(): ExitCode {
    return this.#first?.code ?? 0;
  }
}

/** A refusal is one job's; the others go on. What makes all fail alike goes up. */
async function settled(accept: Order['accept']): Promise<JobDocument | CabError> {
  try {
    return await accept();
  } catch (error) {
    if (error instanceof CabError && error.kind !== 'unreachable') return error;
    throw error;
  }
}

function failureOf({ job_id, status, problem, error }: JobDocument): CabError {
  const again = `Submit it again: cab retry ${job_id}`;
  const details = { job_id };
  if (status === 'canceled')
    return new CabError('canceled', `job ${job_id} was canceled`, { hint: again, details });
  const code = problem?.code ?? '';
  return new CabError(isErrorCode(code) ? code : 'runner_failed', error ?? 'the job failed', {
    hint: problem?.hint ?? again,
    details,
  });
}
