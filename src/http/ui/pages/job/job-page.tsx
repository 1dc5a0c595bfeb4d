/** One job: how it went, what it wrote, why it was a miss, and how to repeat it. */
import { useEffect, useMemo } from 'preact/hooks';
import { cancelJob, explainJob, getJob, logPath, retryJob, type Job } from '../../data/jobs.ts';
import { useJobStory } from '../../data/job-events.ts';
import { useResource } from '../../data/resource.ts';
import { mayWrite } from '../../data/session.ts';
import { go, links } from '../../app/place.ts';
import { inputName } from '../../format/format.ts';
import { Copy } from '../../parts/copy.tsx';
import { Deed } from '../../parts/deed.tsx';
import { Heading } from '../../parts/heading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { StateLabel } from '../../parts/state.tsx';
import { Bar } from '../../parts/table.tsx';
import { logSource } from '../../text/source.ts';
import { TextView } from '../../text/text-view.tsx';
import { Failure } from './failure.tsx';
import { JobFacts } from './job-facts.tsx';
import { Miss } from './miss.tsx';
import { Repeat } from './repeat.tsx';
import { TimeLine } from './time-line.tsx';

export function JobPage({ parts: [id = ''] }: { parts: readonly string[] }) {
  const job = useResource(id, (asking) => getJob(id, asking), 300);
  const explanation = useResource(id, (asking) => explainJob(id, asking));
  const story = useJobStory(id).value;
  const source = useMemo(() => logSource(logPath(id)), [id]);
  useEffect(() => {
    if (story.steps.length > 0) job.reload();
  }, [story.steps.length, story.isEnded]);
  const { data } = job;
  if (data === undefined)
    return (
      <>
        <Heading title="Job" />
        {job.problem === undefined ? (
          <p class="quiet">Loading…</p>
        ) : (
          <Problem problem={job.problem} retry={job.reload} />
        )}
      </>
    );
  const { progress } = story;
  return (
    <>
      <Heading
        title={inputName(data.features_path)}
        under={
          <>
            <StateLabel state={data.status} cached={data.cached} />
            {data.status === 'running' && progress?.fraction != null && (
              <span class="progress">
                <Bar part={progress.fraction} />
                {Math.round(progress.fraction * 100)} % {progress.message}
              </span>
            )}
            <code>{data.job_id}</code>
            <Copy text={data.job_id} what="the id" />
          </>
        }
      >
        {mayWrite() && <Deeds job={data} reload={job.reload} />}
      </Heading>
      <Failure job={data} />
      <div class="columns">
        <div class="column">
          <Section title="Time line">
            <TimeLine job={data} steps={story.steps} />
          </Section>
          <Section title="Log">
            <TextView
              source={source}
              label="the log"
              opens="end"
              grown={story.outputs + story.steps.length}
              empty={data.cached ? 'A hit: nothing was run.' : 'Nothing was written.'}
            />
          </Section>
        </div>
        <div class="column side">
          <Section title="Facts">
            <JobFacts job={data} />
          </Section>
          <Section title={data.cached ? 'Why it was a hit' : 'Why it was a miss'}>
            {explanation.data === undefined ? (
              <p class="quiet">{explanation.problem?.message ?? 'Loading…'}</p>
            ) : (
              <Miss explanation={explanation.data} />
            )}
          </Section>
          <Section title="Repeat it">
            <Repeat job={data} explanation={explanation.data} />
          </Section>
        </div>
      </div>
    </>
  );
}

function Deeds({ job, reload }: { job: Job; reload: () => void }) {
  const { job_id, status } = job;
  if (status === 'pending' || status === 'running')
    return <Deed name="Cancel" work={() => cancelJob(job_id)} done={reload} isDangerous />;
  if (status === 'error' || status === 'canceled')
    return (
      <Deed
        name="Retry"
        work={() => retryJob(job_id)}
        done={(made) => go(links.job(made.job_id))}
      />
    );
  return null;
}
