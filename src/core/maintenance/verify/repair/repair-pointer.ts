/**
 * Mends pointers. One whose key leads to a sound entry is written as that entry has it. One that leads nowhere goes back to
 * the newest sound entry of its track: of those that the job store knows, else of those whose manifests name the track. What
 * stands at a key is the result of that key, whether the track knew these bytes or those that stood there before.
 *
 * A pointer is taken aside only if it can be read, its key leads to no sound entry, and nothing sound of its track is left.
 * What cannot be read stays as it is, unless the track's newest entry is known and the file means no other: a collection
 * would take what it leads to.
 *
 * A job that ends meanwhile may write its own pointer before this one: the latest of the store is looked at before and after,
 * and once more round if it has moved.
 */
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeDirectory, syncDirectory } from '../../../../support/files/durable.ts';
import { FsEntryStore } from '../../../../stores/local/fs-entry-store.ts';
import { FsPointerStore } from '../../../../stores/local/fs-pointer-store.ts';
import { keysMeant, parsePointer } from '../../../publication/pointer-file.ts';
import { type PointerFile } from '../../../model/pointer.ts';
import { resultOf } from '../../../publication/hits.ts';
import { errnoOf, isCabError } from '../../../model/errors.ts';
import { sha256 } from '../../../hashing/digest.ts';
import { formatKey, sameKey, type EntryKey } from '../../../model/key.ts';
import type { TrackTarget } from '../../../model/pointer.ts';
import { entryPlaces } from '../../walk.ts';
import type { VerifyContext } from '../context.ts';
import { readChecked, unmetered } from '../check/read-file.ts';

const mostLookedAt = 1000;

export interface MendedPointer {
  /** What was done, for people; null if nothing could be. */
  readonly told: string | null;
  /** No sound entry of the track is left. */
  readonly isLost: boolean;
}

/** What lies in the place of a pointer. `keys`: what a file that cannot be parsed could mean. */
type Said =
  | { readonly kind: 'pointer'; readonly pointer: PointerFile }
  | { readonly kind: 'unclear'; readonly keys: readonly EntryKey[] }
  | { readonly kind: 'gone' };

export class PointerRepair {
  readonly #verify: VerifyContext;
  readonly #entries: FsEntryStore;
  readonly #pointers: FsPointerStore;
  #told: Map<string, TrackTarget[]> | undefined;

  constructor(verify: VerifyContext) {
    const { layout } = verify.options;
    this.#verify = verify;
    this.#entries = new FsEntryStore(layout, verify.options);
    this.#pointers = new FsPointerStore(layout);
  }

  /** `file` is where the pointer lies. */
  async mend(track_id: string, file: string): Promise<MendedPointer> {
    for (;;) {
      const before = await this.#latest(track_id);
      const target = await this.#target(track_id, file);
      if (target === 'left') return this.#left(file);
      if (target === undefined) return { told: await this.#takeAside(file), isLost: true };
      await this.#pointers.write(target);
      if ((await this.#latest(track_id)) === before)
        return { told: `leads to ${formatKey(target)} now`, isLost: false };
    }
  }

  #left(file: string): MendedPointer {
    this.#verify.note(
      `echo/index/${basename(file)} is left as it is, for what it leads to is in use or cannot be told; remove it yourself if no track needs it`,
    );
    return { told: null, isLost: false };
  }

  /** Where the pointer should lead. `left`: it may mean something; undefined: nothing sound is left. */
  async #target(track_id: string, file: string): Promise<TrackTarget | 'left' | undefined> {
    const said = this.#said(file);
    if (said.kind === 'pointer') {
      const led = await this.#ledTo(said.pointer);
      if (led === 'unreadable') return 'left';
      // A second file of the track, or one that is named for another: only the one that readers look for is written.
      const standing = await this.#pointers.read(track_id);
      if (led !== undefined) {
        if (standing === undefined) return 'left';
        // The job store orders the results of a track that it knows: a repair before may have led this one to an older one.
        const known = await this.#newestKnown(track_id);
        return known ?? (await this.#soundAt(standing)) ?? led;
      }
    }
    const newest = await this.#newestSound(track_id);
    if (said.kind !== 'unclear') return newest;
    const { keys } = said;
    const isMeant = keys.length === 0 || (newest && keys.some((key) => sameKey(key, newest)));
    return newest !== undefined && isMeant ? newest : 'left';
  }

  #said(file: string): Said {
    try {
      const { bytes } = readChecked(file, true, unmetered);
      if (bytes === null) return { kind: 'unclear', keys: [] };
      return readPointer(bytes.toString('utf8'), file);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      return errno === 'ENOENT' ? { kind: 'gone' } : { kind: 'unclear', keys: [] };
    }
  }

  async #ledTo(pointer: PointerFile): Promise<TrackTarget | 'unreadable' | undefined> {
    try {
      return await this.#soundAt(pointer);
    } catch (error) {
      if (isCabError(error, 'store_unreadable')) return 'unreadable';
      throw error;
    }
  }

  async #soundAt(
    pointer: EntryKey & { readonly track_id: string },
  ): Promise<TrackTarget | undefined> {
    const { track_id, config_hash, source_hash } = pointer;
    const found = await this.#entries.claimHit({ config_hash, source_hash });
    return found && { track_id, ...resultOf(found) };
  }

  async #latest(track_id: string): Promise<string | undefined> {
    const [head] = (await this.#verify.store?.history(track_id, 1)) ?? [];
    return head?.job_id;
  }

  /** As the entry has it; for a pointer that leads where it should and says something outdated. */
  async refresh(track_id: string): Promise<void> {
    const standing = await this.#pointers.read(track_id);
    const sound = standing && (await this.#soundAt(standing));
    if (sound !== undefined) await this.#pointers.write(sound);
  }

  async #newestKnown(track_id: string): Promise<TrackTarget | undefined> {
    const known = (await this.#verify.store?.history(track_id, mostLookedAt)) ?? [];
    for (const step of known) {
      const sound = await this.#soundAt(step);
      if (sound !== undefined) return sound;
    }
    return undefined;
  }

  async #newestSound(track_id: string): Promise<TrackTarget | undefined> {
    const known = await this.#newestKnown(track_id);
    if (known !== undefined) return known;
    for (const told of (await this.#fromManifests()).get(track_id) ?? []) {
      const sound = await this.#soundAt(told);
      if (sound !== undefined) return sound;
    }
    return undefined;
  }

  /** By track, the newest first; the whole tree is read, once, and only for a track that the job store does not know. */
  async #fromManifests(): Promise<Map<string, TrackTarget[]>> {
    if (this.#told !== undefined) return this.#told;
    const found = new Map<string, { pointer: TrackTarget; at: string }[]>();
    for (const place of entryPlaces(this.#verify.options.layout)) {
      if (place.kind !== 'entry') continue;
      const one = await this.#toldBy(place.key);
      if (one === undefined) continue;
      const { track_id } = one.pointer;
      found.set(track_id, [...(found.get(track_id) ?? []), one]);
    }
    const newestFirst = (told: { pointer: TrackTarget; at: string }[]) =>
      told.sort((a, b) => (a.at < b.at ? 1 : -1)).map(({ pointer }) => pointer);
    return (this.#told = new Map([...found].map(([track, told]) => [track, newestFirst(told)])));
  }

  async #toldBy(key: EntryKey): Promise<{ pointer: TrackTarget; at: string } | undefined> {
    try {
      const found = await this.#entries.find(key);
      const track_id = found?.manifest.track_id;
      if (found === undefined || typeof track_id !== 'string') return undefined;
      return {
        pointer: { track_id, ...resultOf(found) },
        at: found.manifest.created_at ?? '',
      };
    } catch (error) {
      if (isCabError(error, 'manifest_invalid', 'store_unreadable')) return undefined;
      throw error;
    }
  }

  async #takeAside(file: string): Promise<string | null> {
    const { quarantine, index } = this.#verify.options.layout;
    const evidence = join(quarantine, evidenceName(file));
    await makeDirectory(quarantine);
    try {
      await rename(file, evidence);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
    await syncDirectory(quarantine);
    await syncDirectory(index);
    return `taken aside, for no sound entry of the track is left: .cab/quarantine/${basename(evidence)}`;
  }
}

/** A name of its own: that of the pointer may be as long as a name can be. */
const evidenceName = (file: string): string =>
  `${Date.now()}-${process.pid}-pointer-${sha256(basename(file)).slice(0, 16)}.json`;

function readPointer(text: string, file: string): Said {
  try {
    return { kind: 'pointer', pointer: parsePointer(text, file) };
  } catch (error) {
    if (!isCabError(error, 'pointer_invalid')) throw error;
    return { kind: 'unclear', keys: keysMeant(text) };
  }
}
