/** The operations that submit, retry and explain jobs. */
import type { FastifyReply } from 'fastify';
import { anyQuery, endpoint, type Services } from '../endpoint.ts';
import { jsonType, paths, routes } from '../../wire/protocol.ts';
import { clientLeft } from '../connection/client-left.ts';
import { preferredWait, prefersRefusal, settledJob } from '../waiting.ts';
import { exactText } from '../../../core/model/exact-json.ts';
import type { JobDocument } from '../../../core/model/job-document.ts';

export const submit = endpoint({
  id: 'submitJob',
  method: 'POST',
  url: routes.jobs,
  summary:
    'Submits a job. It is on disk when the answer comes; a hit is done at once. Content that cannot succeed makes a job that has ended in error, or a refusal (400) if the request prefers handling=strict.',
  role: 'write',
  query: anyQuery,
  body: 'Submission',
  headers: ['Prefer'],
  answers: {
    202: { description: 'Accepted', schema: 'Job', headers: ['Location', 'Preference-Applied'] },
  },
  handle: async ({ services, request, reply }) => {
    const { prefer } = request.headers;
    const job = await takeSubmission(services, bytesOf(request.body), {
      refusal: prefersRefusal(prefer) ? 'error' : 'job',
      left: () => clientLeft(reply.raw),
    });
    const wait = preferredWait(prefer);
    if (wait !== undefined) reply.header('preference-applied', `wait=${wait}`);
    return accepted(reply, await settledJob(job, wait, services, reply));
  },
});

export const retry = endpoint({
  id: 'retryJob',
  method: 'POST',
  url: routes.retry,
  summary: 'Submits a failed or canceled job anew, under a new id.',
  role: 'write',
  query: anyQuery,
  answers: { 202: { description: 'Accepted', schema: 'Job', headers: ['Location'] } },
  handle: async ({ services, reply, param }) =>
    accepted(reply, await services.broker.retry(param('id'), { fence: services.fence })),
});

export const explain = endpoint({
  id: 'explainSubmission',
  method: 'POST',
  url: routes.explain,
  summary: 'What a submission would come to: hit or miss, its key, and the closest entry.',
  role: 'write',
  query: anyQuery,
  body: 'Submission',
  answers: { 200: { description: 'Hit or miss', schema: 'Explanation' } },
  handle: async ({ services, request, reply }) => {
    const signal = clientLeft(reply.raw);
    const submission = await services.readSubmission(bytesOf(request.body), () => signal);
    const { fence } = services;
    const explanation = await services.broker.explain(submission, { signal, fence });
    return reply.type(jsonType).send(exactText(explanation));
  },
});

export interface TakeOptions {
  readonly refusal: 'error' | 'job';
  /** Makes a signal that is aborted when the client leaves. Called only if there is much to read or to hash. */
  readonly left: () => AbortSignal;
}

/** On return the job is on disk. Throws errors of the body and of the broker, for example path_refused. */
export async function takeSubmission(
  services: Services,
  body: Uint8Array,
  { refusal, left }: TakeOptions,
): Promise<JobDocument> {
  const submission = await services.readSubmission(body, left);
  const { features_path, db_path } = submission;
  const signal = features_path === undefined && db_path == null ? undefined : left();
  return services.broker.submit(submission, { refusal, signal, fence: services.fence });
}

const accepted = (reply: FastifyReply, job: JobDocument): FastifyReply =>
  reply.code(202).header('location', paths.job(job.job_id)).send(job);

/** A request without a body is treated as one with an empty body. */
const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : new Uint8Array();
