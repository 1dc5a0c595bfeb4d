import { useSignal } from '@preact/signals';
import type { Job } from '../../data/jobs.ts';
import type { Queue } from '../../data/queue.ts';
import { useEvents } from '../../data/resource.ts';
import { inputName } from '../../format/format.ts';
import { links } from '../../app/place.ts';
import { Empty } from '../../parts/empty.tsx';
import { Bar, Table } from '../../parts/table.tsx';
import { RunnerName, TrackLink } from '../../parts/job-parts.tsx';
import { Took } from '../../parts/time.tsx';
import { progressOf, type Progress } from '../../parts/progress.ts';

const columns = [
  { name: 'Input', kind: 'grow' },
  { name: 'Track', kind: 'wide' },
  { name: 'Runner', kind: 'wide' },
  { name: 'Progress' },
  { name: 'For', kind: 'number' },
] as const;

export function Running({ jobs, queue }: { jobs: readonly Job[] | undefined; queue: Queue }) {
  const progress = useSignal<ReadonlyMap<string, Progress>>(new Map());
  useEvents(
    ({ type }) => type === 'progress',
    (events) => {
      const next = new Map(progress.value);
      for (const event of events) next.set(event.job_id, progressOf(event));
      progress.value = new Map([...next].slice(-200));
    },
  );
  if (jobs === undefined) return <p class="quiet">Loading…</p>;
  if (jobs.length === 0)
    return queue.counts.pending > 0 ? (
      <Empty>{queue.paused ? 'The queue is paused.' : 'Waiting jobs are about to begin.'}</Empty>
    ) : (
      <Empty command="cab submit song.features.json --track song">
        Nothing runs and nothing waits. Hand in a job:
      </Empty>
    );
  return (
    <Table caption="Running jobs" columns={columns}>
      {jobs.map((job) => {
        const { fraction, message } = progress.value.get(job.job_id) ?? {};
        return (
          <tr key={job.job_id}>
            <th scope="row" class="grow">
              <a href={links.job(job.job_id)}>{inputName(job.features_path)}</a>
            </th>
            <td class="wide">
              <TrackLink track={job.track_id} />
            </td>
            <td class="wide">
              <RunnerName runner={job.runner} />
            </td>
            <td>
              {fraction == null ? (
                <span class="quiet">{message ?? '–'}</span>
              ) : (
                <span class="progress" title={message ?? undefined}>
                  <Bar part={fraction} />
                  {Math.round(fraction * 100)} %
                </span>
              )}
            </td>
            <td class="number">
              <Took from={job.started_at} to={null} />
            </td>
          </tr>
        );
      })}
    </Table>
  );
}
