/** Jobs for people: many in a table, or one with all its facts. */
import type { JobDocument } from '../../../core/model/job/job-document.ts';
import { jobStates, type JobCounts, type JobState } from '../../../core/model/job/job.ts';
import { hintOf } from '../../hints.ts';
import { shortId } from '../../names/short-name.ts';
import { paint, type Style, type Tone } from '../style.ts';
import { fields, table, type Field } from '../table.ts';
import { duration, instant, relative } from '../time.ts';
import { counted } from '../../../support/text/counted.ts';

const tones: Readonly<Record<JobState, Tone | undefined>> = {
  pending: undefined,
  running: 'cyan',
  done: 'green',
  error: 'red',
  canceled: 'yellow',
};

/** `2 pending · 1 running · 120 done`; states without a job are left out. `place` is named if there is none. */
export function countsLine(style: Style, counts: JobCounts, place?: string): string {
  const some = jobStates.filter((state) => counts[state] > 0);
  if (some.length === 0) return place === undefined ? 'no jobs' : `no jobs in ${place}`;
  return some.map((state) => paint(style, tones[state], `${counts[state]} ${state}`)).join(' · ');
}

export const countedJobs = (jobs: number): string => counted(jobs, 'job');

/** What happened to jobs that were canceled together. */
export function canceledText(jobs: readonly Pick<JobDocument, 'status'>[]): string {
  const count = (...states: JobState[]): number =>
    jobs.filter(({ status }) => states.includes(status)).length;
  const parts = [
    [count('canceled'), 'canceled'],
    [count('running'), 'told to end'],
    [count('done', 'error'), 'had ended'],
  ] as const;
  return parts
    .filter(([jobs]) => jobs > 0)
    .map(([jobs, what]) => `${countedJobs(jobs)} ${what}`)
    .join(', ');
}

export const jobTable = (style: Style, jobs: readonly JobDocument[]): string =>
  table(
    style,
    [
      { title: 'JOB', cell: (job: JobDocument) => shortId(job.job_id) },
      { title: 'STATUS', cell: (job) => job.status, tone: (job) => tones[job.status] },
      { title: 'TRACK', cell: (job) => job.track_id ?? '-', shrinks: true, drops: 4 },
      { title: 'SUBMITTED', cell: (job) => relative(job.submitted_at, style.now), drops: 1 },
      { title: 'TOOK', cell: took, alignRight: true, drops: 2 },
      { title: 'NOTE', cell: (job) => note(job, style.now), shrinks: true, drops: 3 },
    ],
    jobs,
  );

/** One job on one line, for a stream of changes. */
export const jobLine = (style: Style, job: JobDocument): string =>
  [
    job.job_id,
    paint(style, tones[job.status], job.status.padEnd(8)),
    job.track_id ?? '-',
    ...[took(job), note(job, style.now)].filter((text) => text !== ''),
  ].join('  ');

/** All of a job; `log` is the end of what its runner wrote. */
export function wholeJob(style: Style, job: JobDocument, log: string): string {
  const rows: Field[] = [
    ['job', job.job_id],
    [
      'status',
      job.cached ? `${job.status} (nothing was run: the result stood already)` : job.status,
      tones[job.status],
    ],
    ['track', job.track_id ?? '-'],
    ['key', `${job.config_hash}/${job.source_hash}`],
    ...resultRows(job),
    ['input', job.features_path],
    job.kind === null ? ['runner', job.runner] : ['kind', job.kind],
    ...needed(job),
    ['run id', job.run_id],
    ...circumstances(job),
    ...times(job, style.now),
    ...failureRows(job),
  ];
  const tail = log.trimEnd();
  if (tail !== '') rows.push(['log', tail]);
  return fields(style, rows);
}

const needed = ({ needs }: JobDocument): Field[] =>
  needs.length === 0 ? [] : [['needs', needs.join(', ')]];

const resultRows = ({ result }: JobDocument): Field[] =>
  result === null
    ? []
    : [
        ['artifact', result.artifact_path],
        ['manifest', result.manifest_path],
        ['etag', result.etag],
      ];

function circumstances(job: JobDocument): Field[] {
  const rows: Field[] = [['attempts', attempts(job)]];
  if (job.priority !== 0) rows.push(['priority', String(job.priority)]);
  if (job.timeout_s !== null) rows.push(['timeout', duration(job.timeout_s * 1000)]);
  if (job.force) rows.push(['force', 'yes']);
  return rows;
}

/** More begin than are allowed if workers died: an attempt that was cut short is made again. */
const attempts = ({ attempts: begun, max_attempts: most }: JobDocument): string =>
  begun <= most ? `${begun} of ${most}` : `${begun}, with those that were cut short`;

function times(job: JobDocument, now: number): Field[] {
  const rows: Field[] = [['submitted', instant(job.submitted_at, now)]];
  if (job.started_at !== null) rows.push(['started', instant(job.started_at, now)]);
  if (job.finished_at !== null) rows.push(['finished', instant(job.finished_at, now)]);
  if (took(job) !== '') rows.push(['took', took(job)]);
  if (job.run_at !== null) rows.push(['next try', instant(job.run_at, now)]);
  return rows;
}

const failureRows = ({ job_id, error, problem }: JobDocument): Field[] => [
  ...(error === null ? [] : [['error', error, 'red'] satisfies Field]),
  ...(problem === null
    ? []
    : [
        ['code', problem.code] satisfies Field,
        ['hint', hintOf({ ...problem, details: { job_id, ...problem.details } })] satisfies Field,
      ]),
];

const took = ({ started_at, finished_at, cached }: JobDocument): string =>
  started_at === null || finished_at === null || cached
    ? ''
    : duration(Date.parse(finished_at) - Date.parse(started_at));

function note(job: JobDocument, now: number): string {
  if (job.status === 'done') return job.cached ? 'hit' : '';
  if (job.status === 'pending' && job.run_at !== null)
    return `${nextAttempt(job)} ${relative(job.run_at, now)}: ${job.problem?.code ?? ''}`;
  return job.problem?.code ?? '';
}

function nextAttempt({ attempts: begun, max_attempts: most }: JobDocument): string {
  const next = begun + 1;
  return next <= most ? `attempt ${next} of ${most}` : `attempt ${next}`;
}

/** What `submit` prints of an accepted job. */
export const acceptedLine = ({ job_id }: JobDocument): string => job_id;

/** What `submit --wait` prints of an ended job: id, status, and the artifact's path or the error's code. */
export const endedLine = ({ job_id, status, result, problem }: JobDocument): string =>
  `${job_id}  ${status.padEnd(8)}  ${result?.artifact_path ?? problem?.code ?? '-'}`;
