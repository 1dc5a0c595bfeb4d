import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Plot } from '../../../parts/plot/plot.tsx';
import { yearCounts, type Echo } from './echo.ts';

/** How the neighbours lie in time. */
export function Years({ echo }: { echo: Echo }) {
  const { years, counts } = useMemo(() => yearCounts(echo), [echo]);
  const data = useMemo<uPlot.AlignedData>(() => [years, counts], [years, counts]);
  const [first = 0] = years;
  const last = years.at(-1) ?? first;
  return (
    <>
      <Plot
        label={`Neighbours by year, ${first} to ${last}; the table has the years`}
        height={110}
        data={data}
        options={(colours, { bars }) => ({
          scales: {
            x: { time: false, range: () => [first - 1, last + 1] },
            y: { range: () => [0, Math.max(2, ...counts)] },
          },
          axes: [
            { incrs: [1, 2, 5, 10, 20], values: (_, ticks) => ticks.map(String) },
            { incrs: [1, 2, 5, 10, 20, 50, 100, 500] },
          ],
          series: [
            {},
            {
              label: 'neighbours',
              fill: colours.accent,
              ...(bars && { paths: bars({ size: [0.7, 22] }) }),
              points: { show: false },
            },
          ],
        })}
      />
      <p class="legend">
        <span>neighbours by year</span>
      </p>
    </>
  );
}
