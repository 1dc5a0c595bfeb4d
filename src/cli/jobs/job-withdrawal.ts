/** What becomes of the jobs of a command that is interrupted before they have ended. */
import type { Broker } from '../../core/engine/broker.ts';
import { isCabError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { formatKey } from '../../core/model/entry/key.ts';
import { countedJobs } from '../terminal/documents/jobs.ts';
import { inOrder } from './in-order.ts';
import type { Accepted } from './job-progress.ts';

export interface WithdrawalOptions {
  readonly broker: Broker;
  readonly isRemote: boolean;
  /** Has those that run here end, or hands them back. */
  readonly stop: () => Promise<void>;
  /** False: they are canceled. */
  readonly keep: boolean;
  /** How long a runner may take to end. */
  readonly graceMs: number;
  readonly say: (text: string) => void;
}

/** Cancels the jobs, or leaves them in the queue, and says what became of each. */
export async function withdraw(
  open: readonly Accepted[],
  options: WithdrawalOptions,
): Promise<void> {
  const { keep, stop, say } = options;
  const left = keep ? new Set<Accepted>() : await canceled(open, options);
  if (keep) await stop();
  const ends: { readonly item: Accepted; readonly end: string }[] = [];
  await each(open, async (item) => {
    ends.push({ item, end: left.has(item) ? leftRunning : await endOf(item, options) });
  });
  const counts = new Map<string, number>();
  for (const { end } of ends) counts.set(end, (counts.get(end) ?? 0) + 1);
  if (counts.size > 1 && ends.length <= mostLines)
    for (const { item, end } of ends) say(`${item.job.job_id}  ${item.name}: ${end}`);
  for (const [end, count] of counts) say(`${countedJobs(count)} ${end}`);
}

const leftRunning = 'left running, for another job waits for the result';

/** More are told in numbers alone. */
const mostLines = 20;

/** The last first: else one that waits would be begun in the place of one that ends. Gives those that are left running. */
async function canceled(
  open: readonly Accepted[],
  options: WithdrawalOptions,
): Promise<ReadonlySet<Accepted>> {
  const { broker } = options;
  const awaited = await awaitedKeys(open, options);
  const left = new Set<Accepted>();
  await each(open.toReversed(), async (item) => {
    const { job_id } = item.job;
    if (awaited.has(formatKey(item.job)) && (await broker.job(job_id)).status === 'running')
      left.add(item);
    else await broker.cancel(job_id);
  });
  return left;
}

async function endOf({ job: { job_id } }: Accepted, options: WithdrawalOptions): Promise<string> {
  const { broker, keep, graceMs } = options;
  if (keep) return told(await broker.job(job_id), options);
  try {
    return told(await broker.wait(job_id, { timeoutMs: 2 * graceMs + slackMs }), options);
  } catch (error) {
    if (!isCabError(error, 'wait_timeout')) throw error;
    return 'told to end, and still running';
  }
}

/** Beyond what a runner is given to end, for the commits and a busy machine. */
const slackMs = 5000;

/** Jobs that are asked about at a time. */
const together = 64;

/** A person who does not want to wait for this either interrupts once more, and the process ends. */
const never = new AbortController().signal;

const each = <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> =>
  inOrder(items, { width: together, signal: never }, work, () => undefined);

/**
 * Keys for whose result another command's job waits. Where a daemon runs ours it would have to begin again; what runs here
 * ends with this process anyway.
 */
async function awaitedKeys(
  open: readonly Accepted[],
  { broker, isRemote }: WithdrawalOptions,
): Promise<ReadonlySet<string>> {
  if (!isRemote || open.length === 0) return new Set();
  const own = new Set(open.map(({ job }) => job.job_id));
  const { jobs } = await broker.jobs({ status: 'pending', limit: 1000 });
  return new Set(jobs.filter(({ job_id }) => !own.has(job_id)).map(formatKey));
}

function told({ status }: JobDocument, { isRemote }: WithdrawalOptions): string {
  switch (status) {
    case 'pending':
      return isRemote
        ? 'left to the daemon'
        : 'left in the queue, for a daemon (cab serve) or a command with --adopt';
    case 'running':
      return isRemote ? 'left to the daemon, which runs it' : 'running in another process';
    case 'done':
      return 'done';
    case 'error':
      return 'failed';
    case 'canceled':
      return 'canceled';
    default:
      return status satisfies never;
  }
}
