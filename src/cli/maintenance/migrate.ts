/** Copies a root for a command: the two places from the settings, progress on the terminal. */
import { resolve } from 'node:path';
import type { LocalOptions } from '../../compose/open-broker.ts';
import type { RootPlace } from '../../compose/stores/store-choice.ts';
import { migrateRoot } from '../../compose/upkeep/migrate-root.ts';
import { CabError } from '../../core/model/errors.ts';
import type { MigrateReport } from '../../core/model/report/migrate-report.ts';
import { findDaemon } from '../../daemon/find-daemon.ts';
import { alone, Pace } from '../../support/time/pace.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Services } from '../services.ts';
import { store } from '../settings/flags.ts';
import type { Config } from '../settings/config.ts';
import { withSteps } from './step-progress.ts';

/** @throws CabError usage, and what `migrateRoot` throws; the reason of an interruption */
export async function migrateHere(
  targets: readonly string[],
  options: Omit<LocalOptions, 'part'>,
  settings: Config,
  services: Services,
): Promise<MigrateReport> {
  const { root, store: elsewhere, queue, artifactName, manifestName } = options;
  const from = { root, store: elsewhere, queue, artifactName, manifestName };
  const to = targetOf(targets, from, settings, services);
  const signal = services.interruption();
  const isInUse = (await findDaemon(root)) !== undefined;
  return withSteps(services, (onProgress) =>
    migrateRoot({ from, to, isInUse, signal, pace: new Pace(alone, signal), onProgress }),
  );
}

type Part = 'store' | 'queue' | 'root';

/** What is not named stays where it is; a folder takes what is not named, too. */
function targetOf(
  targets: readonly string[],
  from: RootPlace,
  settings: Config,
  { env, cwd }: Services,
): RootPlace {
  const named = new Map<Part, string>();
  for (const target of targets) {
    const part = partOf(target);
    if (named.has(part)) throw new CabError('usage', `--to names two places for ${what[part]}`);
    named.set(part, target);
  }
  if (named.size === 0)
    throw new CabError(
      'usage',
      'name the new place: --to s3://bucket/prefix, --to postgres://server/db, or a folder',
    );
  const [url, database, folder] = [named.get('store'), named.get('queue'), named.get('root')];
  const cacheBytes = settings.get(store.local_cache_size);
  const cache = settings.get(store.local_cache);
  return {
    ...from,
    ...(folder !== undefined && { root: resolve(cwd, folder), store: undefined, queue: undefined }),
    ...(url !== undefined && { store: { url, cache, cacheBytes, env } }),
    ...(database !== undefined && { queue: { url: database } }),
  };
}

function partOf(target: string): Part {
  if (target.startsWith('s3://')) return 'store';
  if (/^postgres(ql)?:\/\//.test(target)) return 'queue';
  // Not the address itself: it may have a password.
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(target) ?? [];
  if (scheme !== undefined)
    throw new CabError('usage', `--to: ${scheme}: is no place that cab copies to`, {
      hint: 'Name s3://bucket/prefix, postgres://server/db, or a folder; ./ before a folder whose name has a colon.',
    });
  if (target.trim() === '') throw new CabError('usage', '--to: the name of the place is empty');
  return 'root';
}

const what: Readonly<Record<Part, string>> = {
  store: 'entries',
  queue: 'jobs',
  root: 'a folder',
};

/** 1: something stays behind. */
export const exitCodeOfMigration = ({ problems, jobs }: MigrateReport): ExitCode =>
  problems.length > 0 || jobs.left > 0 ? 1 : 0;
