import { useSignal } from '@preact/signals';
import { getPlan, type Plan } from '../../data/queue.ts';
import { Refusal } from '../../data/request.ts';
import { links } from '../../app/place.ts';
import { bytes, count, plural, shortHash } from '../../format/format.ts';
import { Problem } from '../../parts/problem.tsx';
import { Table } from '../../parts/table.tsx';
import { Ago } from '../../parts/time.tsx';

/** Asked for by hand: the daemon looks through the whole root for it. */
export function GcPlan() {
  const plan = useSignal<Plan | Refusal | 'asked' | null>(null);
  const look = async (): Promise<void> => {
    plan.value = 'asked';
    try {
      plan.value = await getPlan();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      plan.value = error;
    }
  };
  const shown = plan.value;
  return (
    <>
      {shown instanceof Refusal && <Problem problem={shown} />}
      {shown !== null && shown !== 'asked' && !(shown instanceof Refusal) && <Shown plan={shown} />}
      <p>
        <button type="button" disabled={shown === 'asked'} onClick={() => void look()}>
          {shown === 'asked' ? 'Looking…' : shown === null ? 'Look' : 'Look again'}
        </button>{' '}
        <span class="quiet">A dry run: nothing is touched.</span>
      </p>
    </>
  );
}

function Shown({ plan }: { plan: Plan }) {
  const { kept, removed, removed_bytes } = plan.report.entries;
  return (
    <>
      <p role="status">
        {removed === 0
          ? 'It would take nothing'
          : `It would take ${plural(removed, 'entry', 'entries')}, ${bytes(removed_bytes)}`}
        {`, and ${plural(kept, 'entry', 'entries')} would stay.`}{' '}
        <span class="quiet">
          <Ago at={plan.at} />
        </span>
      </p>
      {plan.removals.length > 0 && (
        <Table caption="Entries that would be removed" columns={columns}>
          {plan.removals.map((each) => (
            <tr key={each.config_hash + each.source_hash}>
              <th scope="row">
                <a href={links.entry(each)}>
                  <code>{shortHash(each.config_hash)}</code>
                </a>
              </th>
              <td class="grow">{each.reason}</td>
              <td class="wide">
                <Ago at={each.modified_at} />
              </td>
              <td class="number">{bytes(each.bytes)}</td>
            </tr>
          ))}
        </Table>
      )}
      {plan.more > 0 && <p class="quiet">And {count(plan.more)} smaller ones.</p>}
    </>
  );
}

const columns = [
  { name: 'Entry' },
  { name: 'Why', kind: 'grow' },
  { name: 'Made', kind: 'wide' },
  { name: 'Size', kind: 'number' },
] as const;
