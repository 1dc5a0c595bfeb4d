/** The neighbours of a song: over two of the four axes with the song in the middle, as a table, and by year. */
import { useSignal } from '@preact/signals';
import { filePath, type Entry, type EntryFile } from '../../../data/entries.ts';
import { largestJson, readJson } from '../../../data/documents.ts';
import { useResource } from '../../../data/resource.ts';
import { go, param, withParams } from '../../../app/place.ts';
import { Section } from '../../../parts/section.tsx';
import { axes, axisNames, echoShape, isAxis, type Axis, type Echo } from './echo.ts';
import { NeighbourTable } from './neighbour-table.tsx';
import { Scatter } from './scatter.tsx';
import { Years } from './years.tsx';

export function Neighbours({ entry, file }: { entry: Entry; file: EntryFile }) {
  const isSmall = (file.size ?? 0) <= largestJson;
  const path = filePath(entry, file.path);
  const json = useResource(isSmall ? path : undefined, (asking) => readJson(path, asking));
  const echo = json.data === undefined ? null : echoShape(json.data, '');
  if (echo === null || echo.neighbors.length === 0) return null;
  return <Shown echo={echo} />;
}

function Shown({ echo }: { echo: Echo }) {
  const pointed = useSignal<number | null>(null);
  const x = chosen('x', 'tempo');
  const y = chosen('y', 'energy');
  return (
    <Section
      title="Neighbours"
      note={
        <span class="line">
          <AxisChoice name="x" label="Across" axis={x} />
          <AxisChoice name="y" label="Up" axis={y} />
        </span>
      }
    >
      <div class="neighbours">
        <div>
          <Scatter echo={echo} x={x} y={y} pointed={pointed} />
          <Years echo={echo} />
        </div>
        <NeighbourTable echo={echo} x={x} y={y} pointed={pointed} />
      </div>
    </Section>
  );
}

function chosen(name: 'x' | 'y', usual: Axis): Axis {
  const given = param(name);
  return isAxis(given) ? given : usual;
}

const AxisChoice = ({ name, label, axis }: { name: 'x' | 'y'; label: string; axis: Axis }) => (
  <label class="field">
    <span>{label}</span>
    <select
      value={axis}
      onChange={({ currentTarget }) => go(withParams({ [name]: currentTarget.value }), 'replace')}
    >
      {axes.map((each) => (
        <option key={each} value={each}>
          {axisNames[each]}
        </option>
      ))}
    </select>
  </label>
);
