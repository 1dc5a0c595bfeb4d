/** Copies entries and pins. Every file is hashed when it is read and when it is written. */
import { CabError } from '../../model/errors.ts';
import { formatKey, type EntryKey } from '../../model/entry/key.ts';
import { filesOf, linksOf } from '../../model/entry/manifest.ts';
import type { FoundEntry, OpenedFile } from '../../ports/entry-store.ts';
import type { Arrival } from '../../ports/workspace.ts';
import { untilFailure } from '../../../support/until-failure.ts';
import type { Migration } from './context.ts';

/** Entries that are copied at the same time, because networked stores answer late. */
const together = 8;

export async function copyEntries(migration: Migration): Promise<void> {
  const { from, pace, signal } = migration.options;
  const total = await from.inventory.expected();
  let done = 0;
  migration.progress('copying entries', 0, total);
  await pace.each(from.inventory.places(), async (places) => {
    await untilFailure(places, together, signal, async (place, either) => {
      if (place.kind === 'entry') await copyOrNote(migration, place.key, either);
      else if (place.kind === 'unreadable')
        migration.note('place', place.place, unreadable(place.errno));
      if (place.kind === 'entry') done += 1;
      migration.progress('copying entries', done, total);
    });
  });
}

export async function copyPins(migration: Migration): Promise<void> {
  const { from, to } = migration.options;
  for (const key of await from.pins.list())
    migration.pins[(await to.pins.add(key)) ? 'copied' : 'there'] += 1;
}

async function copyOrNote(migration: Migration, key: EntryKey, signal: AbortSignal): Promise<void> {
  try {
    await copyEntry(migration, key, signal);
  } catch (error) {
    migration.noteIfOwn('entry', formatKey(key), error);
    migration.missing.add(formatKey(key));
  }
}

/** Nothing happens if the old place does not have it. @throws CabError for an entry that is damaged, or stands there with other bytes */
export async function copyEntry(
  migration: Migration,
  key: EntryKey,
  signal: AbortSignal,
): Promise<void> {
  const { from, to, workspace } = migration.options;
  const entry = await from.inventory.locate(key);
  // Garbage collection may run in the old place.
  if (entry === undefined) return;
  const standing = await to.entries.find(key);
  if (standing !== undefined) {
    judge(migration, entry, standing);
    return;
  }
  const arrival = await workspace.arrive();
  try {
    const bytes = await copyFiles(migration, entry, arrival, signal);
    const { manifest, artifact, manifestName } = entry;
    const manifestFile = await contentOf(await from.entries.open(key, manifestName, signal));
    const files = filesOf(manifest, artifact);
    const staged = await arrival.finish({
      ...{ key, manifestName, manifest, artifact, files, bytes: manifestFile },
    });
    const { outcome, entry: stands } = await to.entries.publish(staged, signal);
    if (outcome === 'kept') {
      judge(migration, entry, stands);
      return;
    }
    migration.entries.copied += 1;
    migration.entries.bytes += bytes;
  } finally {
    await arrival.discard();
  }
}

/** Bytes. */
async function copyFiles(
  { options: { from } }: Migration,
  { key, manifest, artifact }: FoundEntry,
  arrival: Arrival,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0;
  for (const { path, sha256 } of filesOf(manifest, artifact)) {
    const opened = await from.entries.open(key, path, signal);
    const { size } = opened;
    const outcome = await arrival.keep({ sha256, size }, opened.stream(), signal);
    if (outcome !== 'kept') throw changed(key, path);
    bytes += size;
  }
  return bytes;
}

async function contentOf(opened: OpenedFile): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of opened.stream()) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** An entry of other bytes stays: somebody may rely on it. */
function judge(migration: Migration, entry: FoundEntry, standing: FoundEntry): void {
  if (contentIn(entry) !== contentIn(standing)) throw other(entry.key);
  migration.entries.there += 1;
}

/** Not the manifests: a store may add to its own where a file lies. */
const contentIn = ({ manifest, artifact }: FoundEntry): string =>
  JSON.stringify([
    filesOf(manifest, artifact).map(({ path, sha256 }) => [path, sha256]),
    linksOf(manifest).map(({ path, link }) => [path, link]),
  ]);

const other = (key: EntryKey): CabError =>
  new CabError(
    'entry_exists',
    `another entry stands at ${formatKey(key)} in the new place, and stays`,
  );

const changed = (key: EntryKey, path: string): CabError =>
  new CabError('hash_mismatch', `${formatKey(key)}/${path} was changed while it was read`);

const unreadable = (errno: string): CabError =>
  new CabError('store_unreadable', `it cannot be read (${errno})`);
