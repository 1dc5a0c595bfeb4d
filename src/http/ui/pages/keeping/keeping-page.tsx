/** What keeps the root sound and small: the last verify, quarantine, pins, and what a garbage collection would take. */
import { getReports } from '../../data/queue.ts';
import { useResource } from '../../data/resource.ts';
import { links } from '../../app/place.ts';
import { shortHash } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Heading } from '../../parts/heading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { Ago } from '../../parts/time.tsx';
import { GcPlan } from './gc-plan.tsx';
import { LastGc } from './last-gc.tsx';
import { LastVerify } from './last-verify.tsx';

export function KeepingPage() {
  const reports = useResource('reports', getReports);
  const { data, problem } = reports;
  return (
    <>
      <Heading title="Keeping" />
      {problem !== undefined && <Problem problem={problem} retry={reports.reload} />}
      {data === undefined ? (
        problem === undefined && <p class="quiet">Loading…</p>
      ) : (
        <div class="columns">
          <div class="column">
            <Section title="Last verify" note={data.verify && <Ago at={data.verify.ended_at} />}>
              <LastVerify verify={data.verify} />
            </Section>
            <Section title="What a garbage collection would take">
              <GcPlan />
            </Section>
          </div>
          <div class="column side">
            <Section
              title="Last garbage collection"
              note={data.gc && <Ago at={data.gc.ended_at} />}
            >
              <LastGc gc={data.gc} />
            </Section>
            <Section title="Quarantine">
              {data.quarantine.length === 0 ? (
                <p class="quiet">It is empty: no corrupt entry is kept as evidence.</p>
              ) : (
                <ul class="plain-list">
                  {data.quarantine.map(({ id, at }) => (
                    <li key={id} class="spread">
                      <code class="broken">{id}</code>
                      <span class="quiet">
                        <Ago at={at} />
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
            <Section title="Pins">
              {data.pins.length === 0 ? (
                <Empty command="cab pin song">
                  No entry is pinned. A pinned one stays, whatever gc is told:
                </Empty>
              ) : (
                <ul class="plain-list">
                  {data.pins.map((key) => (
                    <li key={key.config_hash + key.source_hash}>
                      <a href={links.entry(key)}>
                        <code>
                          {shortHash(key.config_hash)} / {shortHash(key.source_hash)}
                        </code>
                      </a>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
          </div>
        </div>
      )}
    </>
  );
}
