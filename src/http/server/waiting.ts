import type { FastifyReply } from 'fastify';
import { isCabError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job-document.ts';
import type { Services } from './endpoint.ts';
import { longestWait } from '../wire/protocol.ts';

/** Seconds of `Prefer: wait=N`, alone or among other preferences. */
export function preferredWait(header: string | string[] | undefined): number | undefined {
  for (const preference of preferencesIn(header)) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(preference)?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), longestWait);
  }
  return undefined;
}

/** `Prefer: handling=strict` (RFC 7240): input that cannot succeed is refused. */
export const prefersRefusal = (header: string | string[] | undefined): boolean =>
  preferencesIn(header).some((preference) => /^\s*handling\s*=\s*"?strict"?\s*$/i.test(preference));

const preferencesIn = (header: string | string[] | undefined): string[] =>
  (Array.isArray(header) ? header.join() : (header ?? '')).split(/[,;]/);

/**
 * The job after it has ended. If the time is over, the client leaves, the server closes or too many wait:
 * the job as it is then.
 */
export async function settledJob(
  job: JobDocument,
  seconds: number | undefined,
  { broker, ongoing }: Services,
  reply: FastifyReply,
): Promise<JobDocument> {
  if (seconds === undefined || (job.status !== 'pending' && job.status !== 'running')) return job;
  const signal = ongoing.signalFor(reply);
  if (signal === undefined) return job;
  const timeoutMs = Math.min(seconds, longestWait) * 1000;
  try {
    return await broker.wait(job.job_id, { timeoutMs, signal });
  } catch (error) {
    if (!signal.aborted && !isCabError(error, 'wait_timeout')) throw error;
    return broker.job(job.job_id);
  }
}
