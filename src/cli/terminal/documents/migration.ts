import prettyBytes from 'pretty-bytes';
import type { Copied, MigrateReport } from '../../../core/model/report/migrate-report.ts';
import { counted } from '../../../support/text/counted.ts';
import { paint, type Style } from '../style.ts';
import { fields, type Field } from '../table.ts';
import { oneLine } from '../text-width.ts';

/** Problems that are shown one by one. */
const mostShown = 20;

/** What was copied, then what stays behind. Parts that have nothing are left out. */
export function migrationText(style: Style, report: MigrateReport): string {
  const { to, entries, pins, tracks, jobs, problems } = report;
  const rows: Field[] = [['to', to.map(oneLine).join(', ')]];
  for (const [name, part] of Object.entries({ entries, pins, tracks, jobs }))
    if (part.copied + part.there > 0)
      rows.push([name, copiedText(part) + (part === entries ? sizeOf(entries) : '')]);
  if (rows.length === 1 && problems.length === 0 && jobs.left === 0)
    rows.push(['copied', 'nothing']);
  if (jobs.left > 0)
    rows.push(['left', `${counted(jobs.left, 'job', 'jobs')}; ${whyLeft}`, 'yellow']);
  if (problems.length > 0) rows.push(['problems', String(problems.length), 'red']);
  const shown = problems
    .slice(0, mostShown)
    .map(
      ({ what, name, message }) =>
        `${paint(style, 'red', what)} ${oneLine(name)}: ${oneLine(message)}`,
    );
  const more = problems.length - shown.length;
  return [
    fields(style, rows),
    ...shown,
    ...(more > 0 ? [paint(style, 'dim', `and ${more} more; --json has all`)] : []),
  ].join('\n');
}

const whyLeft =
  'they wait or run here, or come after one that does. Stop what runs them, and run this again';

const sizeOf = ({ bytes }: MigrateReport['entries']): string =>
  bytes === 0 ? '' : `, ${prettyBytes(bytes)}`;

const copiedText = ({ copied, there }: Copied): string =>
  [
    ...(copied > 0 || there === 0 ? [`${copied} copied`] : []),
    ...(there > 0 ? [`${there} there already`] : []),
  ].join(', ');
