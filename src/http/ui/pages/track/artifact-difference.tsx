import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { count, plural } from '../../format/format.ts';
import { differences, pathText } from '../../json/diff.ts';
import { JsonValue } from '../../parts/json-value.tsx';
import { Table } from '../../parts/table.tsx';

const columns = [
  { name: 'Place' },
  { name: '', kind: 'wide' },
  { name: 'From', kind: 'grow' },
  { name: 'To', kind: 'grow' },
] as const;
const shownAtFirst = 100;

export function ArtifactDifference({ left, right }: { left: unknown; right: unknown }) {
  const { list, isCut } = useMemo(() => differences(left, right), [left, right]);
  const shown = useSignal(shownAtFirst);
  if (list.length === 0) return <p>They hold the same values, written differently.</p>;
  return (
    <>
      <p class="quiet">
        {isCut
          ? `More than ${count(list.length)} places differ`
          : `${plural(list.length, 'place')} ${list.length === 1 ? 'differs' : 'differ'}`}
        .
      </p>
      <Table caption="Differences of the artifacts" columns={columns}>
        {list.slice(0, shown.value).map((each) => {
          const place = pathText(each.path);
          return (
            <tr key={place}>
              <th scope="row">
                <code class="broken">{place}</code>
              </th>
              <td class="wide">
                <span class={`change ${each.kind}`}>{each.kind}</span>
              </td>
              <td class={each.kind === 'added' ? '' : 'gone'}>
                {each.kind === 'added' ? '' : <JsonValue value={each.left} />}
              </td>
              <td class={each.kind === 'removed' ? '' : 'new'}>
                {each.kind === 'removed' ? '' : <JsonValue value={each.right} />}
              </td>
            </tr>
          );
        })}
      </Table>
      {list.length > shown.value && (
        <button type="button" onClick={() => (shown.value += 500)}>
          Show {count(Math.min(500, list.length - shown.value))} more
        </button>
      )}
    </>
  );
}
