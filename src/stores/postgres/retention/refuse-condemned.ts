import { formatKey } from '../../../core/model/entry/key.ts';
import { reliedOnBy, removableName } from '../../../core/model/entry/removable.ts';
import { NoLongerThere, type NewJob } from '../../../core/ports/jobs/job-queue.ts';
import type { Transaction } from '../database/database.ts';
import type { Queue } from '../queue.ts';
import { aliasesOf } from './aliases.ts';
import { condemnedSoFar, holds, latestOf } from './condemnations.ts';

/** Within the transaction that accepts the jobs. @throws NoLongerThere */
export async function refuseCondemned(
  queue: Queue,
  turn: Transaction,
  jobs: readonly NewJob[],
): Promise<void> {
  const { forgotten, isAny } = await condemnedSoFar(queue, turn);
  if (jobs.some(({ lookedSince }) => lookedSince !== undefined && lookedSince < forgotten))
    throw new NoLongerThere();
  // Nearly always: garbage collection leaves no row.
  if (!isAny) return;
  const aliases = await aliasesOf(
    queue,
    turn,
    jobs.map(({ spec }) => spec.key),
  );
  const relied = jobs.flatMap(({ spec, hit, lookedSince }) =>
    reliedOnBy(spec, [hit, aliases.get(formatKey(spec.key))]).map((what) => ({
      name: removableName(what),
      lookedSince,
    })),
  );
  const latest = await latestOf(
    queue,
    turn,
    relied.map(({ name }) => name),
  );
  for (const { name, lookedSince } of relied) {
    const row = latest.get(name);
    if (row === undefined) continue;
    if (holds(queue, row) || (lookedSince !== undefined && row.seq > lookedSince))
      throw new NoLongerThere();
  }
}
