import prettyBytes from 'pretty-bytes';
import type { Stats, Tally } from '../../../core/model/report/stats.ts';
import type { Style } from '../style.ts';
import { table, type Column } from '../table.ts';
import { duration } from '../time.ts';
import { counted } from '../../../support/text/counted.ts';

interface Row extends Tally {
  readonly name: string;
}

/** Two tables under one line: by runner, and by day. */
export function statsText(
  style: Style,
  { since, total, runners, days, whole }: Stats,
  place: string,
): string {
  const ended = total.hits + total.computed + total.failed;
  const day = since.slice(0, 10);
  if (ended === 0) return `no job has ended since ${day} in ${place}`;
  const of = whole ? '' : ' (the latest of them)';
  const line = `since ${day}${of}: ${counted(total.hits, 'hit')} of ${ended} jobs (${share(total)}), ${duration(total.saved_ms)} saved`;
  const rows = (tallies: Readonly<Record<string, Tally>>): Row[] =>
    Object.entries(tallies).map(([name, tally]) => ({ name, ...tally }));
  const byHits = rows(runners).sort((a, b) => b.hits + b.computed - (a.hits + a.computed));
  return [
    line,
    table(style, columns('RUNNER'), byHits),
    table(style, columns('DAY'), rows(days)),
  ].join('\n\n');
}

const share = ({ hits, computed, failed }: Tally): string =>
  `${Math.round((100 * hits) / Math.max(1, hits + computed + failed))} %`;

const columns = (title: string): Column<Row>[] => [
  { title, cell: ({ name }) => name, shrinks: 12 },
  { title: 'HITS', cell: ({ hits }) => String(hits), alignRight: true },
  { title: 'COMPUTED', cell: ({ computed }) => String(computed), alignRight: true },
  {
    title: 'FAILED',
    cell: ({ failed }) => (failed === 0 ? '' : String(failed)),
    tone: () => 'red',
    alignRight: true,
  },
  { title: 'HIT', cell: share, alignRight: true },
  { title: 'SAVED', cell: ({ saved_ms }) => duration(saved_ms), alignRight: true },
  { title: 'RAN', cell: ({ ran_ms }) => duration(ran_ms), alignRight: true, drops: 2 },
  { title: 'MADE', cell: ({ made_bytes }) => prettyBytes(made_bytes), alignRight: true, drops: 1 },
];
