import type { Reports } from '../../data/queue.ts';
import { isObject } from '../../data/shape.ts';
import { bytes, count } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Facts } from '../../parts/section.tsx';

/** The figures of a report, whatever version of cab wrote it. */
export function LastGc({ gc }: { gc: Reports['gc'] }) {
  if (gc === null)
    return (
      <Empty command="cab gc --dry-run">None is on record. This tells what one would take:</Empty>
    );
  const figures = isObject(gc.report) ? figuresOf(gc.report) : [];
  return figures.length === 0 ? <p class="quiet">It left no figures.</p> : <Facts rows={figures} />;
}

const parts = ['entries', 'trash', 'swept', 'jobs'] as const;

function figuresOf(report: Readonly<Record<string, unknown>>): [string, string][] {
  return parts.flatMap((part) => {
    const values = report[part];
    if (!isObject(values)) return [];
    return Object.entries(values).flatMap(([name, value]): [string, string][] =>
      typeof value === 'number' && value > 0
        ? [
            [
              `${part} ${name.replaceAll('_', ' ')}`,
              name.endsWith('bytes') ? bytes(value) : count(value),
            ],
          ]
        : [],
    );
  });
}
