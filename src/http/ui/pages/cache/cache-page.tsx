/** What the cache is worth: hits, time saved, and why there were misses. */
import { getStats } from '../../data/queue.ts';
import { useEvents, useResource } from '../../data/resource.ts';
import { param, withParams } from '../../app/place.ts';
import { bytes, count, duration, moment, percent } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Heading } from '../../parts/heading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { Days } from './days.tsx';
import { ByDay, ByRunner, Misses } from './use-tables.tsx';

const spans = [
  ['1', '1 day'],
  ['7', '7 days'],
  ['', '30 days'],
  ['90', '90 days'],
  ['365', '1 year'],
] as const;
/** It costs the daemon more than a list does. */
const calmMs = 10_000;

export function CachePage() {
  const chosen = param('days');
  const days = Number(chosen === '' ? '30' : chosen) || 30;
  const stats = useResource(
    `stats ${days}`,
    (asking) => getStats(new Date(Date.now() - days * 86_400_000).toISOString(), asking),
    calmMs,
  );
  useEvents(({ type }) => type === 'done' || type === 'failed', stats.reload);
  const { data, problem } = stats;
  const used = data && data.total.hits + data.total.computed;
  return (
    <>
      <Heading title="Cache" under={data && <span class="quiet">since {moment(data.since)}</span>}>
        <nav class="tabs" aria-label="Time">
          {spans.map(([value, name]) => (
            <a
              key={name}
              href={withParams({ days: value })}
              aria-current={chosen === value ? 'true' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
      </Heading>
      {problem !== undefined && <Problem problem={problem} retry={stats.reload} />}
      {data === undefined || used === undefined ? (
        problem === undefined && <p class="quiet">Loading…</p>
      ) : used === 0 && data.total.failed === 0 ? (
        <Empty command="cab submit song.features.json --track song --wait">
          No job ended in this time. Hand the same job in twice, and the second is a hit:
        </Empty>
      ) : (
        <div class={stats.isStale ? 'stale' : ''}>
          <ul class="figures">
            <Figure
              name="Hit rate"
              value={percent(data.total.hits, used)}
              note={`${count(data.total.hits)} of ${count(used)}`}
            />
            <Figure
              name="Time saved"
              value={duration(data.total.saved_ms)}
              note="what the hits took when they were computed"
            />
            <Figure
              name="Time computed"
              value={duration(data.total.ran_ms)}
              note={`${count(data.total.computed)} computed, ${count(data.total.failed)} failed`}
            />
            <Figure name="Made" value={bytes(data.total.made_bytes)} note="of artifacts" />
          </ul>
          <Section title="By day">
            <Days days={data.days} />
            <ByDay days={data.days} />
          </Section>
          <div class="columns">
            <div class="column">
              <Section title="By runner">
                <ByRunner runners={data.runners} />
              </Section>
            </div>
            <div class="column side">
              <Section title="Why there were misses">
                <Misses misses={data.misses} />
              </Section>
            </div>
          </div>
          {!data.whole && <p class="quiet">Not all jobs of this time are on record any more.</p>}
        </div>
      )}
    </>
  );
}

const Figure = ({ name, value, note }: { name: string; value: string; note: string }) => (
  <li>
    <div>
      <span class="name">{name}</span>
      <span class="value">{value}</span>
      <span class="quiet">{note}</span>
    </div>
  </li>
);
