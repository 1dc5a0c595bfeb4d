import type { countFacets } from '../../data/jobs.ts';
import { states } from '../../data/jobs.ts';
import { go, links, withParams } from '../../app/place.ts';
import { count } from '../../format/format.ts';
import { FindField } from '../../parts/find-field.tsx';
import { shortRunner } from '../../parts/job-parts.tsx';
import { stateWords } from '../../parts/state.tsx';
import { isNarrowed, spans, type ShownFacets } from './facets.ts';

type Counted = Awaited<ReturnType<typeof countFacets>>;

interface FiltersProps {
  readonly shown: ShownFacets;
  readonly facets: Counted | undefined;
}

/** A choice is a step of the reader's history; a letter typed is none. */
const choose = (changes: Readonly<Record<string, string>>, how: 'push' | 'replace' = 'push') =>
  go(withParams({ ...changes, cursor: '' }), how);

export function Filters({ shown, facets }: FiltersProps) {
  const { runner, track, time, since, until } = shown;
  return (
    <search class="filters">
      <States shown={shown} facets={facets} />
      <div class="line">
        <FindField
          text={shown.q}
          placeholder="id, input or key   ( / )"
          change={(q) => choose({ q }, 'replace')}
        />
        <label class="field">
          <span>Runner</span>
          <select
            value={runner}
            onChange={({ currentTarget }) => choose({ runner: currentTarget.value })}
          >
            <option value="">any</option>
            {runner !== '' && facets?.runners.every((each) => each.runner !== runner) !== false && (
              <option value={runner}>{shortRunner(runner)}</option>
            )}
            {facets?.runners.map((each) => (
              <option key={each.runner} value={each.runner}>
                {shortRunner(each.runner)} ({count(each.jobs)})
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Track</span>
          <input
            type="search"
            list="tracks-found"
            placeholder="any"
            value={track}
            onChange={({ currentTarget }) => choose({ track: currentTarget.value })}
          />
          <datalist id="tracks-found">
            {facets?.tracks.slice(0, 200).map(({ track_id }) => (
              <option key={track_id} value={track_id} />
            ))}
          </datalist>
        </label>
        <label class="field">
          <span>Submitted</span>
          <select
            value={time}
            onChange={({ currentTarget }) =>
              choose({ time: currentTarget.value, since: '', until: '' })
            }
          >
            <option value="">any time</option>
            {Object.entries(spans).map(([value, { name }]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
            <option value="between">between…</option>
          </select>
        </label>
        {time === 'between' && (
          <>
            <Bound name="From" value={since} change={(value) => choose({ since: value })} />
            <Bound name="To" value={until} change={(value) => choose({ until: value })} />
          </>
        )}
        {isNarrowed(shown) && (
          <a class="button" href={links.jobs}>
            Clear
          </a>
        )}
      </div>
      {facets?.whole === false && (
        <p class="quiet">Counts are of the latest {count(facets.searched)} jobs.</p>
      )}
    </search>
  );
}

function States({ shown: { status }, facets }: FiltersProps) {
  const total = facets && Object.values(facets.counts).reduce((sum, each) => sum + each, 0);
  return (
    <nav class="tabs" aria-label="States">
      {(['', ...states] as const).map((state) => (
        <a
          key={state}
          href={withParams({ status: state, cursor: '' })}
          aria-current={status === state ? 'true' : undefined}
        >
          {state === '' ? 'all' : stateWords[state]}
          <span class="count">
            {facets && count((state === '' ? total : facets.counts[state]) ?? 0)}
          </span>
        </a>
      ))}
    </nav>
  );
}

interface BoundProps {
  readonly name: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

const Bound = ({ name, value, change }: BoundProps) => (
  <label class="field">
    <span>{name}</span>
    <input
      type="datetime-local"
      value={value}
      onChange={({ currentTarget }) => change(currentTarget.value)}
    />
  </label>
);
