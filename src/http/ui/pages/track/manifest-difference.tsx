import { shortHash } from '../../format/format.ts';
import { JsonValue } from '../../parts/json-value.tsx';
import { Short } from '../../parts/copy.tsx';
import { Table } from '../../parts/table.tsx';
import { comparedFields, type Manifest } from './manifest-fields.ts';

const columns = [
  { name: 'Field' },
  { name: '', kind: 'wide' },
  { name: 'From', kind: 'grow' },
  { name: 'To', kind: 'grow' },
] as const;

export function ManifestDifference({ left, right }: { left: Manifest; right: Manifest }) {
  return (
    <Table caption="Manifests" columns={columns}>
      {comparedFields(left, right).map(({ name, isSame, isDigest, ...sides }) => (
        <tr key={name} class={isSame ? 'same' : ''}>
          <th scope="row">{name}</th>
          <td class="wide">
            {isSame ? <span class="quiet">same</span> : <strong class="changed">changed</strong>}
          </td>
          <td class={isSame ? '' : 'gone'}>
            <Side value={sides.left} isDigest={isDigest} />
          </td>
          <td class={isSame ? '' : 'new'}>
            <Side value={sides.right} isDigest={isDigest} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Side({ value, isDigest }: { value: unknown; isDigest: boolean }) {
  if (typeof value !== 'string') return <JsonValue value={value} />;
  return isDigest ? (
    <Short whole={value} shown={shortHash(value)} />
  ) : (
    <span class="broken">{value}</span>
  );
}
