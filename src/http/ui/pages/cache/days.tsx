/** Hits and computed jobs by day, one on the other. */
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Stats } from '../../data/queue.ts';
import { Plot } from '../../parts/plot/plot.tsx';

export function Days({ days }: { days: Stats['days'] }) {
  const data = useMemo<uPlot.AlignedData>(() => {
    const all = Object.entries(days).sort(([a], [b]) => a.localeCompare(b));
    return [
      all.map(([day]) => Date.parse(`${day}T00:00:00Z`) / 1000),
      all.map(([, { hits, computed }]) => hits + computed),
      all.map(([, { hits }]) => hits),
    ];
  }, [days]);
  const [times] = data;
  const [first = 0] = times;
  const last = times.at(-1) ?? first;
  return (
    <>
      <Plot
        label="Hits and computed jobs by day; the table below has the figures"
        height={180}
        data={data}
        drawn={`${first} ${last}`}
        options={(colours, { bars }) => ({
          scales: {
            x: {
              time: true,
              range: () => [Math.min(first, last - 6 * day) - day / 2, last + day / 2],
            },
            y: { range: (_, __, most) => [0, Math.max(4, most * 1.05)] },
          },
          axes: [
            {
              values: (_, ticks) =>
                ticks.map((tick) => new Date(tick * 1000).toISOString().slice(5, 10)),
              incrs: [1, 2, 7, 14, 30, 60].map((n) => n * day),
            },
            { incrs: wholes },
          ],
          series: [
            {},
            barsOf('computed', colours.computed, bars),
            barsOf('hits', colours.accent, bars),
          ],
        })}
      />
      <p class="legend">
        <span>
          <i class="key out" aria-hidden="true" /> hits
        </span>
        <span>
          <i class="key computed" aria-hidden="true" /> computed
        </span>
      </p>
    </>
  );
}

const barsOf = (
  label: string,
  fill: string,
  bars: uPlot.Series.BarsPathBuilderFactory | undefined,
): uPlot.Series => ({
  ...{ label, fill, points: { show: false } },
  ...(bars && { paths: bars({ size: [0.7, 28] }) }),
});

const day = 86_400;
const wholes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000];
