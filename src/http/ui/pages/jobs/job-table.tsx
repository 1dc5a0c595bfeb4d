import type { Job } from '../../data/jobs.ts';
import { inputName, shortHash, shortId } from '../../format/format.ts';
import { links } from '../../app/place.ts';
import { Short } from '../../parts/copy.tsx';
import { RunnerName, TrackLink } from '../../parts/job-parts.tsx';
import { StateLabel } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { Ago, Took } from '../../parts/time.tsx';

const columns = [
  { name: 'State', kind: 'fit' },
  { name: 'Input', kind: 'grow' },
  { name: 'Track', kind: 'wide' },
  { name: 'Runner', kind: 'wide' },
  { name: 'Key', kind: 'wide' },
  { name: 'Id', kind: 'wide' },
  { name: 'Priority', kind: 'wide number' },
  { name: 'Took', kind: 'wide number' },
  { name: 'Submitted', kind: 'number' },
] as const;

export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  return (
    <Table caption="Jobs" columns={columns}>
      {jobs.map((job) => (
        <tr key={job.job_id}>
          <td class="fit">
            <StateLabel state={job.status} cached={job.cached} />
          </td>
          <th scope="row" class="grow">
            <a href={links.job(job.job_id)}>{inputName(job.features_path)}</a>
            {job.problem !== null && <span class="code">{job.problem.code}</span>}
          </th>
          <td class="wide">
            <TrackLink track={job.track_id} />
          </td>
          <td class="wide">
            <RunnerName runner={job.runner} />
          </td>
          <td class="wide">
            <Short
              whole={`${job.config_hash}/${job.source_hash}`}
              shown={shortHash(job.config_hash)}
            />
          </td>
          <td class="wide">
            <Short whole={job.job_id} shown={shortId(job.job_id)} />
          </td>
          <td class="wide number">{job.priority}</td>
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
