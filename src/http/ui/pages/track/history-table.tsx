import type { Step } from '../../data/entries.ts';
import { go, links, withParams } from '../../app/place.ts';
import { shortHash, shortId } from '../../format/format.ts';
import { Short } from '../../parts/copy.tsx';
import { Table } from '../../parts/table.tsx';
import { Ago } from '../../parts/time.tsx';

interface HistoryProps {
  readonly steps: readonly Step[];
  readonly left: Step | undefined;
  readonly right: Step | undefined;
}

const columns = [
  { name: 'From', kind: 'fit' },
  { name: 'To', kind: 'fit' },
  { name: 'Published', kind: 'grow' },
  { name: 'What changed' },
  { name: 'Configuration', kind: 'wide' },
  { name: 'Source', kind: 'wide' },
  { name: 'Job', kind: 'wide' },
] as const;

/** The versions, the latest first. The first two columns choose what is compared. */
export function HistoryTable({ steps, left, right }: HistoryProps) {
  return (
    <Table caption="Versions of the track" columns={columns}>
      {steps.map((step, n) => (
        <tr key={step.job_id} class={step === left || step === right ? 'chosen' : ''}>
          <Choice name="from" step={step} isChosen={step === left} />
          <Choice name="to" step={step} isChosen={step === right} />
          <th scope="row" class="grow">
            <a href={links.entry(step)}>
              <Ago at={step.at} />
            </a>
          </th>
          <td>{changeOf(step, steps[n + 1])}</td>
          <td class="wide">
            <Short whole={step.config_hash} shown={shortHash(step.config_hash)} />
          </td>
          <td class="wide">
            <Short whole={step.source_hash} shown={shortHash(step.source_hash)} />
          </td>
          <td class="wide">
            <a href={links.job(step.job_id)}>{shortId(step.job_id)}</a>
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface ChoiceProps {
  readonly name: 'from' | 'to';
  readonly step: Step;
  readonly isChosen: boolean;
}

const Choice = ({ name, step, isChosen }: ChoiceProps) => (
  <td class="fit">
    <input
      type="radio"
      name={name}
      checked={isChosen}
      aria-label={`Compare ${name} job ${shortId(step.job_id)}`}
      onChange={() => go(withParams({ [name]: step.job_id }), 'replace')}
    />
  </td>
);

function changeOf(step: Step, before: Step | undefined): string {
  if (before === undefined) return 'first on record';
  const changed = [
    step.source_hash !== before.source_hash && 'input',
    step.config_hash !== before.config_hash && 'configuration',
  ].filter((each) => each !== false);
  if (step.etag === before.etag)
    return changed.length === 0 ? 'nothing: a hit' : `${changed.join(', ')}; same result`;
  return changed.length === 0 ? 'result' : changed.join(', ');
}
