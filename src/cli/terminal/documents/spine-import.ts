import { counted } from '../../../support/text/counted.ts';

/** The result of an import of songs. */
export interface ImportReport {
  readonly table: string;
  readonly rows: number;
  readonly imported: number;
  readonly duplicates: number;
  readonly badCount: number;
  readonly bad: readonly { readonly line: number; readonly reason: string }[];
}

/** The songs that were imported, then the rows that were not, and why. */
export function importText(
  out: string,
  { table, imported, duplicates, badCount, bad }: ImportReport,
): string {
  const lines = [`${out}: ${counted(imported, 'song')} in ${table}`];
  if (duplicates > 0)
    lines.push(`${counted(duplicates, 'song')} of the same artist and title as an earlier one`);
  if (badCount > 0) lines.push(`${counted(badCount, 'row')} left out:`);
  for (const { line, reason } of bad) lines.push(`  line ${line}: ${reason}`);
  if (badCount > bad.length) lines.push(`  and ${badCount - bad.length} more`);
  return lines.join('\n');
}
