/** One track: its history, and two versions of it side by side. */
import { getHistory } from '../../data/entries.ts';
import { useEvents, useResource } from '../../data/resource.ts';
import { links, param } from '../../app/place.ts';
import { plural } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Heading } from '../../parts/heading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { Ago } from '../../parts/time.tsx';
import { Compare } from './compare.tsx';
import { HistoryTable } from './history-table.tsx';

const mostSteps = 200;

export function TrackPage({ parts: [track = ''] }: { parts: readonly string[] }) {
  const history = useResource(track, (asking) => getHistory(track, mostSteps, asking));
  useEvents(({ type }) => type === 'done', history.reload);
  const steps = history.data?.history;
  const [latest, next] = steps ?? [];
  // A hit is a version too, and says nothing new.
  const before = steps?.find(({ etag }) => etag !== latest?.etag) ?? next;
  const right = steps?.find(({ job_id }) => job_id === param('to')) ?? latest;
  const left = steps?.find(({ job_id }) => job_id === param('from')) ?? before;
  return (
    <>
      <Heading
        title={track}
        under={
          latest && (
            <>
              <span>
                latest <Ago at={latest.at} />
              </span>
              <a href={links.entry(latest)}>Open the latest</a>
              <a href={links.jobsOf({ track })}>Its jobs</a>
            </>
          )
        }
      />
      {history.problem !== undefined && (
        <Problem problem={history.problem} retry={history.reload} />
      )}
      {steps !== undefined && steps.length === 0 && (
        <Empty command={`cab submit song.features.json --track ${track}`}>
          This track has no results on record.
        </Empty>
      )}
      {steps !== undefined && steps.length > 0 && (
        <>
          <Section
            title="History"
            note={
              steps.length === mostSteps
                ? `the latest ${mostSteps}`
                : plural(steps.length, 'version')
            }
          >
            <HistoryTable steps={steps} left={left} right={right} />
          </Section>
          {left !== undefined && right !== undefined && left !== right ? (
            <Compare key={`${left.job_id} ${right.job_id}`} left={left} right={right} />
          ) : (
            steps.length === 1 && (
              <p class="quiet">There is one version: nothing to compare it with yet.</p>
            )
          )}
        </>
      )}
    </>
  );
}
