import type { Job } from '../../data/jobs.ts';
import { inputName } from '../../format/format.ts';
import { links } from '../../app/place.ts';
import { Empty } from '../../parts/empty.tsx';
import { Table } from '../../parts/table.tsx';
import { TrackLink } from '../../parts/job-parts.tsx';
import { StateLabel } from '../../parts/state.tsx';
import { Ago, Took } from '../../parts/time.tsx';

const columns = [
  { name: 'State', kind: 'fit' },
  { name: 'Input', kind: 'grow' },
  { name: 'Track', kind: 'wide' },
  { name: 'Took', kind: 'wide number' },
  { name: 'Submitted', kind: 'number' },
] as const;

/** The jobs that came last, whatever became of them. */
export function Recent({ jobs }: { jobs: readonly Job[] | undefined }) {
  if (jobs === undefined) return <p class="quiet">Loading…</p>;
  if (jobs.length === 0) return <Empty>No job was handed in yet.</Empty>;
  return (
    <Table caption="Latest jobs" columns={columns}>
      {jobs.map((job) => (
        <tr key={job.job_id}>
          <td class="fit">
            <StateLabel state={job.status} cached={job.cached} />
          </td>
          <th scope="row" class="grow">
            <a href={links.job(job.job_id)}>{inputName(job.features_path)}</a>
          </th>
          <td class="wide">
            <TrackLink track={job.track_id} />
          </td>
          <td class="wide number">
            <Took from={job.started_at} to={job.finished_at} />
          </td>
          <td class="number">
            <Ago at={job.submitted_at} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
