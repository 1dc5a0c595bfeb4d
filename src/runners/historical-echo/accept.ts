import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { RunnerInput } from '../../core/ports/runner.ts';
import type { SerialThread } from '../../support/thread/serial-thread.ts';
import { BoundedCache } from '../../support/bounded-cache.ts';
import { fingerprintOf } from '../../core/hashing/fingerprint.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { parseFeatures } from './features.ts';
import { parseProbe, spineQuery } from './probe-arguments.ts';
import { parseSchemaIds } from './artifact/schema-ids.ts';
import { requireSpine, requireSqlite } from './spine/spine-file.ts';

/**
 * Refuses a song without its axes, and a spine that is missing, is no database, or lacks the tables that
 * the probe would search.
 * @throws CabError runner_args_invalid, axes_missing, invalid_json, input_not_found, input_unreadable,
 * spine_not_found, spine_invalid
 */
export async function acceptInput(input: RunnerInput, large: FeaturesThread): Promise<void> {
  const { features_path, features_name = features_path, db_path, probe } = input;
  parseSchemaIds(input.runner_kwargs);
  await checkFeatures(input.features ?? (await readFeatures(features_path)), features_name, large);
  const path = requireSpine(db_path);
  const { searches } = spineQuery(parseProbe(probe));
  const spine = spineAsItIs(path, searches);
  if (spine !== undefined && accepted.get(spine) === true) return;
  await requireSqlite(path);
  // Loaded only here, so that the refusals above, and processes that accept no job, do not wait for SQLite.
  const { namingTheFile, openSpine, requireTables } = await import('./spine/spine-database.ts');
  const database = openSpine(path);
  try {
    namingTheFile(path, () => requireTables(database, path, searches));
    if (spine !== undefined) accepted.set(spine, true);
  } finally {
    database.close();
  }
}

/** Spines that had the tables. A command with a thousand songs opens its spine once for this look. */
const accepted = new BoundedCache<true>({ capacity: 100, weigh: () => 1 });

/**
 * A name for the spine in its present state, and for what the probe would search in it. Undefined if the spine cannot be looked at;
 * opening it gives the error.
 */
function spineAsItIs(path: string, searches: unknown): string | undefined {
  try {
    return JSON.stringify([path, fingerprintOf(statSync(path, { bigint: true })), searches]);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** The thread that parses large features, so that they do not block other work. */
export type FeaturesThread = SerialThread<FeaturesTask, true>;
export interface FeaturesTask {
  readonly features: Uint8Array;
  readonly file: string;
}

/** Bytes. */
export const largeFeatures = 256 << 10;

async function checkFeatures(
  features: Uint8Array,
  file: string,
  large: FeaturesThread,
): Promise<void> {
  if (features.length > largeFeatures) await large.ask({ features, file });
  else parseFeatures(features, file);
}

async function readFeatures(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    const code = errnoOf(error) === 'ENOENT' ? 'input_not_found' : 'input_unreadable';
    throw new CabError(code, `${path}: ${errnoOf(error)}`, {
      details: { file: path },
      cause: error,
    });
  }
}
