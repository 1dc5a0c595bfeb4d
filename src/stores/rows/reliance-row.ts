import * as z from 'zod/mini';
import type { Reliance } from '../../core/ports/jobs/retention.ts';
import { keyColumns, nullableText } from './rows.ts';

/** The places of what is kept of a job, as `keptPlace` and `keptDatabase` give them. */
const keptColumns = { input: nullableText, database: nullableText };

/** A job of which something is kept. */
export const keptRow = z.object({ seq: z.int(), ...keptColumns });

export const keptOf = ({
  input,
  database,
}: Pick<z.infer<typeof keptRow>, 'input' | 'database'>): string[] =>
  [input, database].filter((place) => place !== null);

/** A job, and the key that its own key leads to. For a done job that is the key of its result, because a hit may have no alias. */
export const relianceRow = z.object({
  seq: z.int(),
  job_id: z.string(),
  ...keyColumns,
  ...keptColumns,
  to_config_hash: nullableText,
  to_source_hash: nullableText,
});
export type RelianceRow = z.infer<typeof relianceRow>;

/** @param page gives the rows after this `seq`, in their order; none at the end */
export async function collectReliances(
  page: (after: number) => Promise<readonly RelianceRow[]>,
): Promise<readonly Reliance[]> {
  const of: Reliance[] = [];
  for (let after = 0; ;) {
    const rows = await page(after);
    const last = rows.at(-1);
    if (last === undefined) return of;
    of.push(...rows.flatMap(reliancesOf));
    after = last.seq;
  }
}

export function reliancesOf(row: RelianceRow): readonly Reliance[] {
  const { job_id, config_hash, source_hash, to_config_hash, to_source_hash } = row;
  const predicted = { job_id, config_hash, source_hash, kept: keptOf(row) };
  if (to_config_hash === null || to_source_hash === null) return [predicted];
  return [predicted, { ...predicted, config_hash: to_config_hash, source_hash: to_source_hash }];
}
