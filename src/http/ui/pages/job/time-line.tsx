import type { JobEvent } from '../../data/events.ts';
import type { Job } from '../../data/jobs.ts';
import { getManifest } from '../../data/entries.ts';
import { useResource } from '../../data/resource.ts';
import { now } from '../../app/clock.ts';
import { clock, duration, moment } from '../../format/format.ts';
import { StateMark } from '../../parts/state.tsx';
import { phasesOf, stepsOf, toldOf, type Phase } from './phases.ts';

export function TimeLine({ job, steps }: { job: Job; steps: readonly JobEvent[] }) {
  const published = usePublished(job);
  const told = toldOf(job, steps);
  const phases = phasesOf(told, published === null ? null : Date.parse(published));
  const list = stepsOf(told, published);
  return (
    <>
      {phases.length > 0 && <Phases phases={phases} />}
      <ol class="steps">
        {list.map(({ at, name, detail, state }, n) => {
          const before = list[n - 1];
          return (
            <li key={`${at} ${name}`} class={state}>
              <StateMark state={state} />
              <time dateTime={at} title={moment(at)}>
                {clock(at, true)}
              </time>
              <span>
                {name}
                {detail !== '' && <span class="quiet"> {detail}</span>}
              </span>
              <span class="number quiet">
                {before && `+${duration(Date.parse(at) - Date.parse(before.at))}`}
              </span>
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** When the job put its entry in place. Null if it did not, or if that is not known. */
function usePublished(job: Job): string | null {
  const isOwn = job.result !== null && !job.cached;
  const manifest = useResource(
    isOwn ? `${job.config_hash}/${job.source_hash}` : undefined,
    (asking) => getManifest(job, asking),
  );
  const { created_at, job_id } = manifest.data ?? {};
  return isOwn && typeof created_at === 'string' && job_id === job.job_id ? created_at : null;
}

/** The phases as a bar. The shortest ones keep a visible width. */
function Phases({ phases }: { phases: readonly Phase[] }) {
  return (
    <ul class="phases" aria-label="Phases">
      {phases.map(({ kind, name, from, to, isFailed }) => {
        const ms = Math.max(0, (to ?? now.value) - from);
        return (
          <li
            key={`${from} ${name}`}
            class={`${kind} ${isFailed ? 'failed' : ''} ${to === null ? 'open' : ''}`}
            style={{ flexGrow: Math.max(ms, 1) }}
            title={`${name}: ${duration(ms)}`}
          >
            <span>
              {name} <b>{duration(ms)}</b>
              {isFailed && <span class="unseen">, failed</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
