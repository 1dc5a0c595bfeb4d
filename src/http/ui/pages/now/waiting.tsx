import type { Queue } from '../../data/queue.ts';
import { count } from '../../format/format.ts';
import { Bar, Table } from '../../parts/table.tsx';
import { shortRunner } from '../../parts/job-parts.tsx';

const columns = [
  { name: 'Priority', kind: 'fit' },
  { name: 'Share', kind: 'grow' },
  { name: 'Jobs', kind: 'number' },
] as const;

/** What waits, the highest priority first: the order in which it runs. */
export function Waiting({ queue: { waiting, active } }: { queue: Queue }) {
  if (waiting.length === 0) return <p class="quiet">No job waits.</p>;
  const all = waiting.reduce((sum, { jobs }) => sum + jobs, 0);
  return (
    <>
      <Table caption="Waiting jobs by priority" columns={columns}>
        {waiting.map(({ priority, jobs }) => (
          <tr key={priority}>
            <th scope="row" class="fit">
              {priority}
            </th>
            <td class="grow">
              <Bar part={jobs / all} kind="wait" />
            </td>
            <td class="number">{count(jobs)}</td>
          </tr>
        ))}
      </Table>
      <p class="quiet">
        {active
          .filter(({ pending }) => pending > 0)
          .map(({ runner, pending }) => `${shortRunner(runner)}: ${count(pending)}`)
          .join(' · ')}
      </p>
    </>
  );
}
