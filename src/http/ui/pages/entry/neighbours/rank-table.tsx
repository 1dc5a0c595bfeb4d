import type { Signal } from '@preact/signals';
import { Table } from '../../../parts/table.tsx';
import type { Axis, Neighbour } from './echo.ts';

interface RankTableProps {
  readonly neighbours: readonly Neighbour[];
  readonly axes: readonly Axis[];
  readonly pointed: Signal<number | null>;
}

const digits: Readonly<Record<Axis, number>> = { tempo: 1, energy: 3, valence: 3, loudness: 1 };

/** The nearest first. The row that is pointed at is the dot that is marked, and the other way round. */
export function RankTable({ neighbours, axes, pointed }: RankTableProps) {
  return (
    <Table
      caption="Neighbours, the nearest first"
      columns={[
        { name: '', kind: 'number' },
        { name: 'Song', kind: 'grow' },
        { name: 'Year', kind: 'number' },
        ...axes.map((axis) => ({ name: axis, kind: 'number' }) as const),
        { name: 'Distance', kind: 'number' },
      ]}
    >
      {neighbours.map((each, rank) => (
        <tr
          key={rank}
          class={pointed.value === rank ? 'pointed' : ''}
          onMouseEnter={() => (pointed.value = rank)}
          onMouseLeave={() => (pointed.value = null)}
        >
          <td class="number quiet">{rank + 1}</td>
          <th scope="row" class="grow">
            {each.title} <span class="quiet">{each.artist}</span>
          </th>
          <td class="number">{each.year}</td>
          {axes.map((axis) => (
            <td key={axis} class="number">
              {each[axis].toFixed(digits[axis])}
            </td>
          ))}
          <td class="number">{each.distance.toFixed(3)}</td>
        </tr>
      ))}
    </Table>
  );
}
