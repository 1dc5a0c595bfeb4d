/** Tells what is known about one entry, and who relies on it. Changes nothing. */
import { CabError } from '../model/errors.ts';
import { formatKey, sameKey, type EntryKey } from '../model/entry/key.ts';
import { filesOf, linksOf } from '../model/entry/manifest.ts';
import type { EntryDetail } from '../model/report/entry-detail.ts';
import type { FoundEntry } from '../ports/entry-store.ts';
import type { JobRecords } from '../ports/jobs/job-records.ts';
import type { KeyMemory } from '../ports/jobs/key-memory.ts';
import type { MaintainedRoot } from '../ports/maintenance/maintained-root.ts';
import { outlinesInPieces } from '../publication/outlines.ts';
import { LoopTurns } from '../../support/loop-turns.ts';
import type { Pace } from '../../support/time/pace.ts';

/** How far a search goes. It takes some tenths of a second. */
export interface DetailLimits {
  readonly pointers: number;
  readonly jobs: number;
  /** Jobs that are named. */
  readonly named: number;
}

const usual: DetailLimits = { pointers: 10_000, jobs: 20_000, named: 50 };

interface Found<T> {
  readonly found: readonly T[];
  readonly isWhole: boolean;
}

/** @throws CabError not_found, manifest_invalid, store_unreadable, queue_unreadable */
export async function entryDetail(
  root: MaintainedRoot,
  asked: EntryKey,
  pace: Pace,
  limits: DetailLimits = usual,
): Promise<EntryDetail> {
  const store = await root.jobs.existing();
  const entry = await locate(root, asked, store);
  const { key, manifest } = entry;
  const tracks = await tracksAt(root, key, pace, limits.pointers);
  const jobs = store === undefined ? none : await jobsAt(store, key, limits);
  return {
    config_hash: key.config_hash,
    source_hash: key.source_hash,
    created_at: manifest.created_at ?? null,
    ...(await timesOf(root, key)),
    files: filesIn(entry),
    pinned: await root.pins.has(key),
    tracks: tracks.found.toSorted(),
    jobs: [...jobs.found],
    whole: tracks.isWhole && jobs.isWhole,
  };
}

/** A predicted key may lead to another entry. */
async function locate(
  { inventory }: MaintainedRoot,
  key: EntryKey,
  store: (JobRecords & KeyMemory) | undefined,
): Promise<FoundEntry> {
  const found = await inventory.locate(key);
  if (found !== undefined) return found;
  const target = await store?.alias(key);
  const led = target && (await inventory.locate(target));
  if (led !== undefined) return led;
  throw new CabError('not_found', `no entry ${formatKey(key)}`, { details: { ...key } });
}

function filesIn({ manifest, artifact }: FoundEntry): EntryDetail['files'] {
  const files = filesOf(manifest, artifact).map(({ path, sha256, size, content_type }, at) => ({
    ...{ path, artifact: at === 0, sha256, link: null },
    size: size ?? null,
    content_type: content_type ?? null,
  }));
  const links = linksOf(manifest).map(({ path, link }) => ({
    ...{ path, artifact: false, sha256: null, size: null, content_type: null, link },
  }));
  return [...files, ...links];
}

async function timesOf(
  { ledger: access, inventory }: MaintainedRoot,
  key: EntryKey,
): Promise<Pick<EntryDetail, 'verified_at' | 'read_at'>> {
  const ledger = await access.existing();
  if (ledger === undefined) return { verified_at: null, read_at: null };
  try {
    const [checked] = await ledger.checked([key]);
    const [identity] = await inventory.identities([key]);
    const [read] = await ledger.lastReads([key]);
    // Another entry may have taken the place since.
    const isSame = checked !== undefined && checked.identity === identity;
    return { verified_at: isSame ? timeOf(checked.at) : null, read_at: timeOf(read) };
  } finally {
    await ledger.close();
  }
}

const timeOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

const none: Found<never> = { found: [], isWhole: true };

async function tracksAt(
  { pointerFiles }: MaintainedRoot,
  key: EntryKey,
  pace: Pace,
  most: number,
): Promise<Found<string>> {
  const found: string[] = [];
  let isWhole = true;
  let seen = 0;
  for await (const targets of pointerFiles.targets()) {
    for (const target of targets) {
      if (target.kind === 'unclear') isWhole = false;
      else if (sameKey(target.key, key)) found.push(target.track_id);
    }
    seen += targets.length;
    if (seen >= most) return { found, isWhole: false };
    if (pace.isDue) await pace.rest();
  }
  return { found, isWhole };
}

async function jobsAt(
  store: JobRecords,
  key: EntryKey,
  { jobs: most, named }: DetailLimits,
): Promise<Found<EntryDetail['jobs'][number]>> {
  const found: EntryDetail['jobs'] = [];
  let seen = 0;
  for await (const outlines of outlinesInPieces(store, {}, new LoopTurns())) {
    for (const { id, state, key: its, track_id, cached, submitted_at } of outlines)
      if (sameKey(its, key))
        found.push({ job_id: id, status: state, track_id, cached, submitted_at });
    seen += outlines.length;
    if (found.length > named || seen >= most)
      return { found: found.slice(0, named), isWhole: false };
  }
  return { found, isWhole: true };
}
