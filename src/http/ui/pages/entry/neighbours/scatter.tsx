import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Plot } from '../../../parts/plot/plot.tsx';
import type { Colours } from '../../../parts/plot/plot-style.ts';
import { axisNames, centred, type Axis, type Echo } from './echo.ts';

interface ScatterProps {
  readonly echo: Echo;
  readonly x: Axis;
  readonly y: Axis;
  /** The neighbour that the reader points at, by its rank. */
  readonly pointed: Signal<number | null>;
}

/** Dots without a line: the neighbours, the one that is pointed at, and the song itself as a larger ring. */
export function Scatter({ echo, x, y, pointed }: ScatterProps) {
  const order = useMemo(
    () =>
      echo.neighbors.map((each, rank) => ({ each, rank })).sort((a, b) => a.each[x] - b.each[x]),
    [echo, x],
  );
  const probe = echo.wip_features;
  const at = order.filter(({ each }) => each[x] <= probe[x]).length;
  const withProbe = <T,>(values: readonly T[], own: T): T[] => [
    ...values.slice(0, at),
    own,
    ...values.slice(at),
  ];
  const ranks = withProbe<number | null>(
    order.map(({ rank }) => rank),
    null,
  );
  const shown = pointed.value;
  const data: uPlot.AlignedData = useMemo(
    () => [
      withProbe(
        order.map(({ each }) => each[x]),
        probe[x],
      ),
      withProbe<number | null>(
        order.map(({ each }) => each[y]),
        null,
      ),
      withProbe<number | null>(
        order.map(({ each, rank }) => (rank === shown ? each[y] : null)),
        null,
      ),
      withProbe<number | null>(
        order.map(() => null),
        probe[y],
      ),
    ],
    [order, y, shown],
  );
  const options = (colours: Colours): Omit<uPlot.Options, 'width' | 'height'> => ({
    scales: {
      x: { time: false, range: () => centred(echo, x) },
      y: { range: () => centred(echo, y) },
    },
    axes: [
      {
        label: axisNames[x],
        size: 42,
        labelGap: -4,
        grid: { show: true, stroke: colours.line, width: 1 },
      },
      { label: axisNames[y], size: 40, labelSize: 16 },
    ],
    series: [
      {},
      dots('neighbours', 7, colours.accent, `${colours.accent}55`),
      dots('pointed at', 11, colours.text, colours.accent),
      dots('the song', 13, colours.bad, 'transparent', 2.5),
    ],
    cursor: {
      show: true,
      ...{ x: false, y: false, drag: { x: false, y: false } },
      points: { show: false },
      move: (plot, left, top) => {
        pointed.value = nearest(plot, left, top, ranks);
        return [left, top];
      },
    },
  });
  return (
    <>
      <Plot
        label={`Neighbours by ${axisNames[x]} and ${axisNames[y]}, around the song; the table has the figures`}
        height={320}
        data={data}
        drawn={`${x} ${y}`}
        options={options}
      />
      <p class="legend">
        <span>
          <i class="key dot-accent" aria-hidden="true" /> neighbours
        </span>
        <span>
          <i class="key ring" aria-hidden="true" /> the song
        </span>
      </p>
    </>
  );
}

const dots = (
  label: string,
  size: number,
  stroke: string,
  fill: string,
  width = 1,
): uPlot.Series => ({
  label,
  paths: () => null,
  points: { show: true, size, stroke, fill, width },
});

const reach = 24;

/** The neighbour within reach of the pointer. */
function nearest(
  plot: uPlot,
  left: number,
  top: number,
  ranks: readonly (number | null)[],
): number | null {
  const [xs = [], ys = []] = plot.data;
  let found: number | null = null;
  let least = reach * reach;
  ranks.forEach((rank, n) => {
    const [x, y] = [xs[n], ys[n]];
    if (rank === null || x == null || y == null) return;
    const far = (plot.valToPos(x, 'x') - left) ** 2 + (plot.valToPos(y, 'y') - top) ** 2;
    if (far < least) [found, least] = [rank, far];
  });
  return found;
}
