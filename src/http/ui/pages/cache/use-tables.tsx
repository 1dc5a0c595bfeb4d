import type { Stats, Use } from '../../data/queue.ts';
import { bytes, count, duration, percent } from '../../format/format.ts';
import { Bar, Table } from '../../parts/table.tsx';
import { RunnerName } from '../../parts/job-parts.tsx';

const columnsOf = (name: string) =>
  [
    { name, kind: 'grow' },
    { name: 'Hit rate', kind: 'number' },
    { name: 'Hits', kind: 'wide number' },
    { name: 'Computed', kind: 'wide number' },
    { name: 'Failed', kind: 'wide number' },
    { name: 'Saved', kind: 'number' },
    { name: 'Ran', kind: 'wide number' },
    { name: 'Made', kind: 'number' },
  ] as const;

const cells = (use: Use) => (
  <>
    <td class="number">{percent(use.hits, use.hits + use.computed)}</td>
    <td class="wide number">{count(use.hits)}</td>
    <td class="wide number">{count(use.computed)}</td>
    <td class="wide number">
      {use.failed === 0 ? 0 : <strong class="bad">{count(use.failed)}</strong>}
    </td>
    <td class="number">{duration(use.saved_ms)}</td>
    <td class="wide number">{duration(use.ran_ms)}</td>
    <td class="number">{bytes(use.made_bytes)}</td>
  </>
);

export const ByRunner = ({ runners }: { runners: Stats['runners'] }) => (
  <Table caption="Use by runner" columns={columnsOf('Runner')}>
    {Object.entries(runners).map(([runner, use]) => (
      <tr key={runner}>
        <th scope="row" class="grow">
          <RunnerName runner={runner} />
        </th>
        {cells(use)}
      </tr>
    ))}
  </Table>
);

/** The latest day first: what was made on a day is as old as the day. */
export const ByDay = ({ days }: { days: Stats['days'] }) => (
  <details>
    <summary>The days as a table</summary>
    <Table caption="Use by day" columns={columnsOf('Day')}>
      {Object.entries(days)
        .sort(([a], [b]) => b.localeCompare(a))
        .map(([day, use]) => (
          <tr key={day}>
            <th scope="row" class="grow">
              {day}
            </th>
            {cells(use)}
          </tr>
        ))}
    </Table>
  </details>
);

const reasons: Readonly<Record<string, string>> = {
  new_input: 'new input',
  new_configuration: 'known input, new configuration',
  forced: 'forced',
  failed_before: 'failed before',
  entry_gone: 'the entry was removed',
};

export function Misses({ misses }: { misses: Stats['misses'] }) {
  const all = Object.values(misses).reduce((sum, each) => sum + each, 0);
  if (all === 0) return <p class="quiet">There were none.</p>;
  return (
    <Table
      caption="Misses by reason"
      columns={[
        { name: 'Reason' },
        { name: 'Share', kind: 'grow' },
        { name: 'Jobs', kind: 'number' },
      ]}
    >
      {Object.entries(misses)
        .sort(([, a], [, b]) => b - a)
        .map(([reason, jobs]) => (
          <tr key={reason}>
            <th scope="row">{reasons[reason] ?? reason}</th>
            <td class="grow">
              <Bar part={jobs / all} />
            </td>
            <td class="number">{count(jobs)}</td>
          </tr>
        ))}
    </Table>
  );
}
