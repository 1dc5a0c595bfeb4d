/** Copies what tracks point to, and their earlier results. */
import { CabError } from '../../model/errors.ts';
import { formatKey, isConfigHash, isSegment, type EntryKey } from '../../model/entry/key.ts';
import { digestSchema } from '../../model/entry/manifest.ts';
import type { PointerFile, TrackStep, TrackTarget } from '../../model/entry/pointer.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { ListedPointer } from '../../ports/pointer-store.ts';
import { leadsTo, readable, reconcile } from '../../publication/track-pointer.ts';
import { pagesOf } from '../../../support/pages.ts';
import { untilFailure } from '../../../support/until-failure.ts';
import type { Migration } from './context.ts';
import { copyEntry } from './entries.ts';

/** Tracks that are copied at the same time. */
const together = 8;

/** Results of a track that are copied. */
const mostSteps = 1_000_000;

export async function copyTracks(migration: Migration): Promise<void> {
  const { from, to, pace, signal } = migration.options;
  const old = await from.jobs.existing();
  const steps = migration.options.movesJobs ? old : undefined;
  // Made only where there are results of tracks to be kept in it.
  const store = steps === undefined ? await to.jobs.existing() : await to.jobs.made();
  let done = 0;
  await pace.each(pagesOf(from.pointers.list()), async (listed) => {
    await untilFailure(listed, together, signal, async (one) => {
      await copyOrNote(migration, one, { steps, store });
      migration.progress('copying tracks', (done += 1));
    });
  });
}

async function copyOrNote(
  migration: Migration,
  listed: ListedPointer,
  records: Records,
): Promise<void> {
  if ('error' in listed) {
    migration.note('track', listed.file, listed.error);
    return;
  }
  try {
    await copy(migration, listed.pointer, records);
  } catch (error) {
    migration.noteIfOwn('track', listed.pointer.track_id, error);
  }
}

interface Records {
  /** Where earlier results are read; undefined if they stay where they are. */
  readonly steps: JobStore | undefined;
  readonly store: JobStore | undefined;
}

async function copy(
  migration: Migration,
  pointer: PointerFile,
  { steps, store }: Records,
): Promise<void> {
  const { to } = migration.options;
  const { track_id } = pointer;
  if (migration.missing.has(formatKey(pointer)))
    throw new CabError('not_found', 'the entry that it points to was not copied');
  const before = await readable(track_id, to.pointers);
  const isKnown = migration.options.movesResults
    ? before !== undefined
    : (await store?.history(track_id, 1))?.length === 1;
  if (steps !== undefined) {
    const past = await steps.history(track_id, mostSteps);
    for (const step of past) refuseDamaged(step);
    await store?.adopt(past);
  }
  const [head] = (await store?.history(track_id, 1)) ?? [];
  if (migration.options.movesResults) await ensureEntry(migration, head ?? pointer);
  if (store !== undefined && head !== undefined) {
    await reconcile(track_id, to.pointers, store);
  } else {
    const target = await targetOf(migration, pointer);
    if (before !== undefined && !leadsTo(before, target)) throw other(track_id);
    if (before === undefined) await to.pointers.write(target);
  }
  migration.tracks[isKnown ? 'there' : 'copied'] += 1;
}

/** The result may have come since the entries were copied. */
async function ensureEntry(migration: Migration, key: EntryKey): Promise<void> {
  const { to, signal } = migration.options;
  if ((await to.entries.find(key)) !== undefined) return;
  await copyEntry(migration, key, signal);
  if ((await to.entries.find(key)) === undefined)
    throw new CabError('not_found', `the entry ${formatKey(key)} that it points to is not there`);
}

/** What a job store says is not checked when it is read, and must not take the place of a pointer that is right. */
function refuseDamaged({
  config_hash,
  source_hash,
  artifact,
  manifest,
  etag,
  job_id,
}: TrackStep): void {
  const isSound =
    isConfigHash(config_hash) &&
    [source_hash, artifact, manifest].every(isSegment) &&
    digestSchema.safeParse(etag).success;
  if (!isSound)
    throw new CabError(
      'pointer_invalid',
      `its result of job ${job_id} is damaged in the job store`,
    );
}

/** Pointers of other programs leave out the digest. */
async function targetOf(
  { options: { from } }: Migration,
  { etag, ...pointer }: PointerFile,
): Promise<TrackTarget> {
  const { track_id, config_hash, source_hash, artifact, manifest } = pointer;
  const target = { track_id, config_hash, source_hash, artifact, manifest };
  if (etag !== null) return { ...target, etag };
  const entry = await from.entries.locate(pointer);
  if (entry === undefined)
    throw new CabError('not_found', `the entry that track ${track_id} points to is not there`);
  return { ...target, etag: entry.manifest.artifact.sha256 };
}

const other = (track_id: string): CabError =>
  new CabError('pointer_invalid', `track ${track_id} points elsewhere in the new place, and stays`);
