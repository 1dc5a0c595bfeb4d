/** What the daemon does at this moment: running and waiting jobs, rates, and the state of the machine. */
import { useEffect } from 'preact/hooks';
import { getReports, getQueue } from '../../data/queue.ts';
import { listJobs } from '../../data/jobs.ts';
import { changesJob, useEvents, useResource } from '../../data/resource.ts';
import { links } from '../../app/place.ts';
import { Heading } from '../../parts/heading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { JobTable } from '../jobs/job-table.tsx';
import { Figures } from './figures.tsx';
import { Machine } from './machine.tsx';
import { Pause } from './pause.tsx';
import { Running } from './running.tsx';
import { Waiting } from './waiting.tsx';
import { Rates } from './rates.tsx';

/** Of the queue and the disk, where no event tells that they changed. */
const pollMs = 5000;

export function NowPage() {
  const queue = useResource('queue', getQueue);
  const running = useResource('running', (asking) =>
    listJobs({ status: 'running', limit: 50 }, asking),
  );
  const recent = useResource('recent', (asking) => listJobs({ limit: 8 }, asking));
  const reports = useResource('reports', getReports);
  useEvents(changesJob, () => {
    queue.reload();
    running.reload();
    recent.reload();
  });
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && queue.reload(), pollMs);
    return () => clearInterval(timer);
  }, []);
  const { data } = queue;
  const problem = queue.problem ?? running.problem;
  return (
    <>
      <Heading title="Now" under={data?.paused === true ? <Paused /> : undefined}>
        {data !== undefined && <Pause queue={data} reload={queue.reload} />}
      </Heading>
      {problem !== undefined && <Problem problem={problem} retry={queue.reload} />}
      {data !== undefined && (
        <>
          <Figures queue={data} />
          <div class="columns">
            <div class="column">
              <Section
                title="Running"
                note={<a href={links.jobsOf({ status: 'running' })}>All running</a>}
              >
                <Running jobs={running.data?.jobs} queue={data} />
              </Section>
              <Section title="Latest" note={<a href={links.jobs}>All jobs</a>}>
                {recent.data !== undefined && <JobTable jobs={recent.data.jobs} isBrief />}
              </Section>
            </div>
            <div class="column side">
              <Section title="In and out">
                <Rates rates={data.rates} />
              </Section>
              <Section title="Waiting">
                <Waiting queue={data} />
              </Section>
              <Section title="This daemon">
                <Machine queue={data} reports={reports.data} />
              </Section>
            </div>
          </div>
        </>
      )}
    </>
  );
}

const Paused = () => (
  <strong class="warn">Paused: running jobs go on, and no waiting one is begun.</strong>
);
