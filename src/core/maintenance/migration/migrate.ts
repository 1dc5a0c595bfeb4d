/**
 * Copies entries, pins, tracks and jobs from one root to another, in this order: what is named is there before what names it. The
 * old place is not changed. Each step leaves alone what is there already, so a run that was interrupted goes on with the next.
 */
import type { MigrateReport } from '../../model/report/migrate-report.ts';
import { Migration, type MigrateOptions } from './context.ts';
import { copyEntries, copyPins } from './entries.ts';
import { copyJobs } from './jobs.ts';
import { copyTracks } from './tracks.ts';

/** @throws CabError for what concerns all: no_space, io_error, root_unwritable, and what the stores cannot be reached by */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  const migration = new Migration(options);
  if (options.movesResults) {
    await copyEntries(migration);
    await copyPins(migration);
  }
  await copyTracks(migration);
  if (options.movesJobs) await copyJobs(migration);
  const { entries, pins, tracks, jobs, problems } = migration;
  const [from, to] = [options.from.names, options.to.names];
  return { from, to, entries, pins, tracks, jobs, problems };
}
