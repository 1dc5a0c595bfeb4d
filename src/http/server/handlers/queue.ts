/** The operations of the queue as it is now, and of the daemon's workers. */
import { CabError } from '../../../core/model/errors.ts';
import { runnerName } from '../../../core/model/runner/runner-name.ts';
import type { QueueAnswer } from '../../wire/queue.ts';
import { queueRequestSchema } from '../../wire/queue.ts';
import { routes } from '../../wire/protocol.ts';
import { anyQuery, endpoint, type Call } from '../endpoint.ts';
import { bodyOf } from '../json-body.ts';
import { windows } from '../metrics/rates.ts';

const answers = { 200: { description: 'The queue', schema: 'Queue' } } as const;

export const show = endpoint({
  id: 'getQueue',
  method: 'GET',
  url: routes.queue,
  summary: 'What waits and runs now, the workers, the disk, and what the caller may do.',
  role: 'read',
  query: anyQuery,
  answers,
  handle: (call) => queueNow(call),
});

export const change = endpoint({
  id: 'changeQueue',
  method: 'PUT',
  url: routes.queue,
  summary: 'Pauses and resumes the workers of this daemon. Running jobs go on.',
  role: 'write',
  query: anyQuery,
  body: 'QueueRequest',
  answers,
  handle: async (call) => {
    const { paused } = bodyOf(queueRequestSchema, call.request.body);
    const { workers } = call.services;
    if (workers === undefined)
      throw new CabError('not_found', 'this server has no workers', {
        hint: 'Ask the daemon that runs the jobs.',
      });
    if (workers.isPaused !== paused)
      call.request.log.info(paused ? 'the workers are paused' : 'the workers go on');
    await workers.setPaused(paused);
    return queueNow(call);
  },
});

async function queueNow({ services, request }: Call<unknown>): Promise<QueueAnswer> {
  const { broker, feed, workers, disk, settings, roleOf } = services;
  const [counts, space] = await Promise.all([broker.counts(), disk?.() ?? null]);
  const now = Date.now();
  return {
    at: new Date(now).toISOString(),
    role: roleOf(request.headers.authorization),
    version: settings.version,
    paused: workers?.isPaused === true,
    concurrency: workers?.concurrency ?? null,
    counts,
    waiting: feed.waiting().toSorted((a, b) => b.priority - a.priority),
    active: activeBy(feed.active()),
    oldest_waiting_s: feed.waiting().length > 0 ? feed.oldestPendingMs(now) / 1000 : null,
    rates: windows.map((minutes) => ({ minutes, ...feed.rates(minutes, now) })),
    disk: space,
  };
}

type Active = ReturnType<Call<unknown>['services']['feed']['active']>;

function activeBy(active: Active): QueueAnswer['active'] {
  const runners = new Map<string, QueueAnswer['active'][number]>();
  for (const { runner, state, jobs } of active) {
    const known = runners.get(runner) ?? {
      ...{ runner, name: runnerName(runner), pending: 0, running: 0 },
    };
    known[state] += jobs;
    runners.set(runner, known);
  }
  return [...runners.values()].sort((a, b) => b.pending + b.running - a.pending - a.running);
}
