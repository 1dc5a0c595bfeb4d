/** The life of a job as phases of time and steps between them, from its events. */
import type { JobEvent } from '../../data/events.ts';
import type { Job } from '../../data/jobs.ts';

export interface Phase {
  readonly kind: 'waiting' | 'attempt' | 'publishing';
  readonly name: string;
  readonly from: number;
  /** Null: it goes on. */
  readonly to: number | null;
  readonly isFailed: boolean;
}

export interface Step {
  readonly at: string;
  readonly name: string;
  readonly detail: string;
  readonly state: string;
}

type Told = Pick<JobEvent, 'type' | 'at' | 'attempt' | 'data'>;

/** Events are kept for a while. What they do not tell any more, the job's own times do. */
export function toldOf(job: Job, events: readonly Told[]): readonly Told[] {
  if (events.length > 0) return events;
  const ends = { done: 'done', error: 'failed', canceled: 'canceled' } as const;
  const data = {};
  return [
    { type: 'submitted', at: job.submitted_at, attempt: 0, data },
    ...(job.started_at === null
      ? []
      : [{ type: 'started', at: job.started_at, attempt: job.attempts, data }]),
    ...(job.finished_at === null || job.status === 'pending' || job.status === 'running'
      ? []
      : [{ type: ends[job.status], at: job.finished_at, attempt: job.attempts, data }]),
  ];
}

/** @param published when the entry was put in its place, if this job made it */
export const phasesOf = (events: readonly Told[], published: number | null): Phase[] =>
  events.flatMap((event, n): Phase[] => {
    const begun = begunBy(event);
    if (begun === null) return [];
    const next = events[n + 1];
    const from = Date.parse(event.at);
    const to = next === undefined ? null : Date.parse(next.at);
    const isFailed = next !== undefined && failures.has(next.type);
    const isSplit =
      begun.kind === 'attempt' && published !== null && published > from && (to ?? 0) > published;
    if (!isSplit) return [{ ...begun, from, to, isFailed }];
    const settling = { kind: 'publishing', name: 'settling', from: published, to } as const;
    return [
      { ...begun, from, to: published, isFailed },
      { ...settling, isFailed: false },
    ];
  });

const failures = new Set(['retrying', 'failed', 'timeout']);

function begunBy({ type, attempt }: Told): Pick<Phase, 'kind' | 'name'> | null {
  switch (type) {
    case 'submitted':
      return { kind: 'waiting', name: 'waiting' };
    case 'started':
      return { kind: 'attempt', name: `attempt ${attempt}` };
    case 'retrying':
      return { kind: 'waiting', name: 'waiting again' };
    default:
      return null;
  }
}

const names: Readonly<Record<string, readonly [name: string, state: string]>> = {
  submitted: ['submitted', 'pending'],
  started: ['started', 'running'],
  published: ['published', 'done'],
  retrying: ['failed, tried again', 'error'],
  done: ['settled: done', 'done'],
  failed: ['settled: failed', 'error'],
  timeout: ['settled: timeout', 'error'],
  canceled: ['settled: canceled', 'canceled'],
};

export function stepsOf(events: readonly Told[], published: string | null): Step[] {
  const steps = events.map(({ type, at, attempt, data }) => {
    const [name, state] = names[type] ?? [type, ''];
    return { at, name, detail: detailOf(type, attempt, data), state };
  });
  if (published !== null)
    steps.push({
      at: published,
      name: 'published',
      detail: 'the entry was put in its place',
      state: 'done',
    });
  // Equal times keep their order; publication comes before the end that it led to.
  return steps.sort(
    (a, b) =>
      a.at.localeCompare(b.at) || Number(b.name === 'published') - Number(a.name === 'published'),
  );
}

function detailOf(type: string, attempt: number, data: Readonly<Record<string, unknown>>): string {
  if (type === 'started')
    return `attempt ${attempt}${typeof data['pid'] === 'number' ? `, process ${data['pid']}` : ''}`;
  if (data['released'] === true) return 'handed back to the queue';
  if (data['cached'] === true) return 'a hit';
  const said = data['message'] ?? data['error'];
  return typeof said === 'string' ? (said.split('\n', 1)[0] ?? '') : '';
}
