/** The queue itself, and what it knows of the tree. */
import { existsSync, lstatSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isCabError, type CabError } from '../../model/errors.ts';
import { rootError } from '../../../support/files/io-error.ts';
import { openToLook } from '../../../stores/sqlite/database/open-read-only.ts';
import type { JobStore } from '../../ports/job-store.ts';
import { FsPointerStore } from '../../../stores/local/fs-pointer-store.ts';
import type { VerifyContext } from './context.ts';
import type { Problem } from './problem.ts';

/** One that could not be looked at may be as sound as any. */
export const storeProblem = (path: string, { code, message }: CabError): Problem => ({
  class: code === 'queue_unreadable' ? 'job_store' : 'unreadable',
  path,
  message,
  expected: null,
  actual: null,
});

export async function checkJobStore(verify: VerifyContext): Promise<void> {
  const { scope, layout } = verify.options;
  if (scope.whole) await checkWatched(verify);
  if (verify.store === undefined) return;
  if (scope.hasPointers) await unlessDamaged(verify, verify.store, checkTracks);
  if (!scope.whole) return;
  verify.progress('checking the job store', 0);
  for (const line of await verify.store.check())
    tell(verify, layout.jobs, `the job store is damaged: ${line}`);
  await unlessDamaged(verify, verify.store, checkKeptInputs);
}

/** A pending job's own copy of its input, which nobody can give it again. */
async function checkKeptInputs(verify: VerifyContext, store: JobStore): Promise<void> {
  for (const { job_id, input } of (await store.reliances()).of) {
    if (input === null) continue;
    const path = verify.options.layout.keptInput(input);
    if (!existsSync(path) && (await needsFile(store, job_id)))
      tell(verify, path, `job ${job_id} waits for an input that is not there`, 'missing');
  }
}

/** Small input stays in the store as well until its job is done. */
async function needsFile(store: JobStore, job_id: string): Promise<boolean> {
  const state = (await store.get(job_id))?.state;
  const isLive = state === 'pending' || state === 'running';
  return isLive && (await store.input(job_id)) === undefined;
}

/** A track that has results has a pointer. Which of them it names may be another program's choice. */
async function checkTracks(verify: VerifyContext, store: JobStore): Promise<void> {
  const { layout, pace, scope } = verify.options;
  const pointers = new FsPointerStore(layout);
  for await (const page of store.trackResults(1)) {
    for (const { track_id, rank, ...key } of page) {
      if (rank !== 1 || !scope.hasPointer(basename(layout.pointer(track_id)))) continue;
      if (await hasPointer(pointers, track_id)) continue;
      // A hit's pointer is written right after its job is on record.
      await delay(secondLookMs);
      if (!(await hasPointer(pointers, track_id)))
        verify.findings.add(
          {
            class: 'missing',
            path: layout.pointer(track_id),
            message: 'the track has results, and no pointer',
            expected: null,
            actual: null,
          },
          { track_id, key: { config_hash: key.config_hash, source_hash: key.source_hash } },
        );
    }
    if (pace.isDue) await pace.rest();
  }
}

const secondLookMs = 100;

/** One that cannot be read is there, and a finding of its own. */
async function hasPointer(pointers: FsPointerStore, track_id: string): Promise<boolean> {
  try {
    return (await pointers.read(track_id)) !== undefined;
  } catch (error) {
    if (isCabError(error, 'pointer_invalid', 'store_unreadable', 'unsafe_track')) return true;
    throw error;
  }
}

/** Other tables of ours: their loss costs work, not results. */
async function checkWatched(verify: VerifyContext): Promise<void> {
  const { watched } = verify.options.layout;
  try {
    const stats = lstatSync(watched, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isFile()) {
      tell(verify, watched, 'the table of watched files is not a regular file');
      return;
    }
    const db = await openToLook(watched);
    try {
      const said = String(await db.read(() => db.value('PRAGMA quick_check(1)')));
      if (said !== 'ok') tell(verify, watched, `the table of watched files is damaged: ${said}`);
    } finally {
      await db.close();
    }
  } catch (error) {
    const failure = rootError(error, 'the table of watched files');
    if (!isCabError(failure)) throw error;
    verify.findings.add(storeProblem(watched, failure));
  }
}

async function unlessDamaged(
  verify: VerifyContext,
  store: JobStore,
  look: (verify: VerifyContext, store: JobStore) => Promise<void>,
): Promise<void> {
  try {
    await look(verify, store);
  } catch (error) {
    if (!isCabError(error, 'queue_unreadable')) throw error;
    tell(verify, verify.options.layout.jobs, error.message);
  }
}

function tell(
  { findings }: VerifyContext,
  path: string,
  message: string,
  kind: 'job_store' | 'missing' = 'job_store',
): void {
  findings.add({ class: kind, path, message, expected: null, actual: null });
}
