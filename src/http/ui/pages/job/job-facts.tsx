import type { Job } from '../../data/jobs.ts';
import { links } from '../../app/place.ts';
import { duration, shortHash } from '../../format/format.ts';
import { Copy, Short } from '../../parts/copy.tsx';
import { TrackLink } from '../../parts/job-parts.tsx';
import { Facts } from '../../parts/section.tsx';
import { Moment, Took } from '../../parts/time.tsx';

export function JobFacts({ job }: { job: Job }) {
  const key = `${job.config_hash}/${job.source_hash}`;
  const shownKey = `${shortHash(job.config_hash)} / ${shortHash(job.source_hash)}`;
  return (
    <Facts
      rows={[
        [
          'Result',
          job.result === null ? (
            <span class="quiet">none</span>
          ) : (
            <a href={links.entry(job)}>Open the entry</a>
          ),
        ],
        [
          'Key',
          <>
            <Short whole={key} shown={shownKey} /> <Copy text={key} what="the key" />
          </>,
        ],
        ['Track', <TrackLink key="track" track={job.track_id} />],
        [
          'Runner',
          <code key="runner" class="broken">
            {job.runner.replace(/^@\S+ /, '')}
          </code>,
        ],
        [
          'Input',
          <code key="input" class="broken">
            {job.features_path}
          </code>,
        ],
        ['Run', <code key="run">{job.run_id}</code>],
        ['Priority', job.priority],
        ...(job.needs.length > 0 ? ([['Needs', job.needs.join(', ')]] as const) : []),
        // More begin than are allowed if workers died: an attempt that was cut short is made again.
        [
          'Attempts',
          job.attempts > job.max_attempts ? job.attempts : `${job.attempts} of ${job.max_attempts}`,
        ],
        ['Timeout', job.timeout_s === null ? 'none' : duration(job.timeout_s * 1000)],
        ...(job.force ? ([['Forced', 'yes: run although there was an entry']] as const) : []),
        ['Submitted', <Moment key="submitted" at={job.submitted_at} />],
        ['Started', <Moment key="started" at={job.started_at} />],
        ['Ended', <Moment key="ended" at={job.finished_at} />],
        ['Took', <Took key="took" from={job.started_at} to={job.finished_at} />],
      ]}
    />
  );
}
