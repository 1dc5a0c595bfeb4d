import type { Job } from '../../data/jobs.ts';
import { inputName, shortHash, shortId } from '../../format/format.ts';
import { links } from '../../app/place.ts';
import { Short } from '../../parts/copy.tsx';
import { RunnerName, TrackLink } from '../../parts/job-parts.tsx';
import { StateLabel } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { Ago, Took } from '../../parts/time.tsx';

const state = { name: 'State', kind: 'fit' } as const;
const input = { name: 'Input', kind: 'grow' } as const;
const track = { name: 'Track', kind: 'wide' } as const;
const times = [
  { name: 'Took', kind: 'wide number' },
  { name: 'Submitted', kind: 'number' },
] as const;
const briefColumns = [state, input, track, ...times];
const columns = [
  ...[state, input, track],
  ...(['Runner', 'Key', 'Id'] as const).map((name) => ({ name, kind: 'wide' }) as const),
  { name: 'Priority', kind: 'wide number' } as const,
  ...times,
];

/** Jobs as rows. The brief form tells what became of them, and leaves out how they are found. */
export function JobTable({ jobs, isBrief = false }: { jobs: readonly Job[]; isBrief?: boolean }) {
  return (
    <Table caption="Jobs" columns={isBrief ? briefColumns : columns}>
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
          {!isBrief && (
            <>
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
            </>
          )}
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
