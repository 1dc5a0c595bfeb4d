/** Jobs that came in and jobs that ended, over the time that this page is open. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useEvents } from '../../data/resource.ts';
import type { Queue } from '../../data/queue.ts';
import { clock, count } from '../../format/format.ts';
import { Plot } from '../../parts/plot/plot.tsx';
import { accent, lineOf, quiet } from '../../parts/plot/plot-style.ts';

const slotMs = 5000;
const slots = 60;
const ends = new Set(['done', 'failed', 'canceled', 'timeout']);

interface Counted {
  readonly last: number;
  readonly came: readonly number[];
  readonly ended: readonly number[];
}

const slotOf = (time: number): number => Math.floor(time / slotMs);
const empty = (): number[] => Array.from({ length: slots }, () => 0);
let kept: Counted = { last: slotOf(Date.now()), came: empty(), ended: empty() };

/** Moves on to the slot of this moment: what is older than all slots goes. */
function movedTo(slot: number, { last, came, ended }: Counted): Counted {
  const by = Math.min(slots, Math.max(0, slot - last));
  const moved = (values: readonly number[]) => [...values.slice(by), ...empty().slice(slots - by)];
  return { last: Math.max(slot, last), came: moved(came), ended: moved(ended) };
}

export function Rates({ rates }: { rates: Queue['rates'] }) {
  const counted = useSignal(kept);
  const show = (next: Counted): void => {
    kept = next;
    counted.value = next;
  };
  useEvents(
    ({ type }) => type === 'submitted' || ends.has(type),
    (events) => {
      const next = movedTo(slotOf(Date.now()), kept);
      const [came, ended] = [[...next.came], [...next.ended]];
      for (const { type, at } of events) {
        const slot = slots - 1 - (next.last - slotOf(Date.parse(at)));
        const values = type === 'submitted' ? came : ended;
        if (slot >= 0 && slot < slots) values[slot] = (values[slot] ?? 0) + 1;
      }
      show({ last: next.last, came, ended });
    },
  );
  useEffect(() => {
    const timer = setInterval(() => show(movedTo(slotOf(Date.now()), kept)), slotMs);
    return () => clearInterval(timer);
  }, []);
  const { last, came, ended } = counted.value;
  const times = came.map((_, n) => ((last - slots + 1 + n) * slotMs) / 1000);
  return (
    <>
      <Plot
        label="Jobs in five seconds, over the last five minutes"
        height={120}
        data={[times, [...came], [...ended]]}
        options={(colours) => ({
          axes: [
            {
              values: (_, ticks) =>
                ticks.map((tick) => clock(new Date(tick * 1000).toISOString()).slice(0, 5)),
            },
          ],
          scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
          series: [{}, lineOf('in', colours, quiet), lineOf('out', colours, accent)],
        })}
      />
      <table class="small">
        <caption class="unseen">Jobs a minute</caption>
        <thead>
          <tr>
            <th scope="col">Last</th>
            {rates.map(({ minutes }) => (
              <th key={minutes} scope="col" class="number">
                {minutes} min
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(['in', 'out'] as const).map((way) => (
            <tr key={way}>
              <th scope="row">
                <i class={`key ${way}`} aria-hidden="true" />
                {way}
              </th>
              {rates.map(({ minutes, submitted, ended: out }) => (
                <td key={minutes} class="number">
                  {count(way === 'in' ? submitted : out)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
