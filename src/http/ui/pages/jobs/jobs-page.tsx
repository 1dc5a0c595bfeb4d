/** All jobs, narrowed by what the address says. */
import { countFacets } from '../../data/jobs.ts';
import { changesJob, useEvents, useResource } from '../../data/resource.ts';
import { mayWrite } from '../../data/session.ts';
import { param, withParams } from '../../app/place.ts';
import { count } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Heading } from '../../parts/heading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { shownFacets, askedFacets, isNarrowed } from './facets.ts';
import { Filters } from './filters.tsx';
import { JobTable } from './job-table.tsx';
import { Many } from './many.tsx';
import { searchJobs } from './search-jobs.ts';

export function JobsPage() {
  const shown = shownFacets();
  const cursor = param('cursor');
  const key = JSON.stringify(shown);
  const jobs = useResource(`${key} ${cursor}`, (asking) =>
    searchJobs({ ...askedFacets(shown), cursor }, asking),
  );
  const facets = useResource(
    JSON.stringify({ ...shown, status: '' }),
    (asking) => countFacets({ ...askedFacets(shown), status: '' }, asking),
    5000,
  );
  useEvents(changesJob, (events) => {
    const listed = new Set(jobs.data?.jobs.map(({ job_id }) => job_id));
    if (cursor === '' || events.some(({ job_id }) => listed.has(job_id))) jobs.reload();
    facets.reload();
  });
  const { data } = jobs;
  return (
    <>
      <Heading title="Jobs">{mayWrite() && <Many shown={shown} done={jobs.reload} />}</Heading>
      <Filters shown={shown} facets={facets.data} />
      {jobs.problem !== undefined && <Problem problem={jobs.problem} retry={jobs.reload} />}
      {data === undefined ? (
        jobs.problem === undefined && <p class="quiet">Loading…</p>
      ) : (
        <div class={jobs.isStale ? 'stale' : ''}>
          {data.jobs.length > 0 ? (
            <JobTable jobs={data.jobs} />
          ) : (
            <None isNarrowed={isNarrowed(shown) || cursor !== ''} isWhole={data.next === null} />
          )}
          <nav class="pager" aria-label="Pages of jobs">
            <span class="quiet">
              {data.jobs.length > 0 && `${count(data.jobs.length)} shown, newest first`}
            </span>
            {cursor !== '' && <a href={withParams({ cursor: '' })}>Newest</a>}
            {data.next !== null && (
              <a rel="next" href={withParams({ cursor: data.next })}>
                {data.jobs.length > 0 ? 'Older' : 'Search further'}
              </a>
            )}
          </nav>
        </div>
      )}
    </>
  );
}

function None({ isNarrowed: narrowed, isWhole }: { isNarrowed: boolean; isWhole: boolean }) {
  if (!isWhole) return <Empty>None so far. There are older jobs that were not looked at.</Empty>;
  return narrowed ? (
    <Empty>No job fits. Take a filter away.</Empty>
  ) : (
    <Empty command="cab submit song.features.json --track song">
      No job was handed in yet. Hand one in:
    </Empty>
  );
}
