import type { Queue } from '../../data/queue.ts';
import { links } from '../../app/place.ts';
import { count, duration } from '../../format/format.ts';

/** The queue in a line of figures; each leads to the jobs that it counts. */
export function Figures({ queue: { counts, oldest_waiting_s, concurrency } }: { queue: Queue }) {
  const oldest =
    oldest_waiting_s === null ? 'none waits' : `oldest ${duration(oldest_waiting_s * 1000)}`;
  const figures = [
    [
      'running',
      'Running',
      counts.running,
      concurrency === null ? '' : `of ${count(concurrency)} at once`,
    ],
    ['pending', 'Waiting', counts.pending, oldest],
    ['error', 'Failed', counts.error, ''],
    ['canceled', 'Canceled', counts.canceled, ''],
    ['done', 'Done', counts.done, ''],
  ] as const;
  return (
    <ul class="figures">
      {figures.map(([status, name, value, note]) => (
        <li key={status} class={value > 0 ? status : 'none'}>
          <a href={links.jobsOf({ status })}>
            <span class="name">{name}</span>
            <span class="value">{count(value)}</span>
            <span class="quiet">{note}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
