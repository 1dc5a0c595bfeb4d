/**
 * Repairs pointers.
 *
 *   The key leads to a sound entry   the pointer is rewritten: from the newest sound result of the track in the job store,
 *                                    else from that entry
 *   The key leads nowhere            the pointer goes back to the newest sound entry of its track. The job store knows the
 *                                    entries of a track; if it knows none, the manifests are searched.
 *   No sound entry is left           the pointer goes to quarantine, if it can be read
 *   The pointer cannot be read       it stays, because garbage collection would remove the entry to which it may lead. It
 *                                    is rewritten only if the newest sound entry of the track is one that it may mean.
 *
 * The entry that stands under a key is the result of that key, even if the track knew other bytes there before.
 *
 * A job that ends meanwhile may write its own pointer before this one does. So the latest job of the track is read before and
 * after the write; if it has changed, the repair starts again.
 */
import { resultOf } from '../../../publication/hits.ts';
import { isCabError } from '../../../model/errors.ts';
import { formatKey, sameKey, type EntryKey } from '../../../model/key.ts';
import type { PointerFile, TrackTarget } from '../../../model/pointer.ts';
import type { EntryStore } from '../../../ports/entry-store.ts';
import type { PointerStore } from '../../../ports/pointer-store.ts';
import type { VerifyContext } from '../context.ts';

const mostLookedAt = 1000;

export interface MendedPointer {
  /** What was done, for people; null if nothing could be done. */
  readonly told: string | null;
  /** True if no sound entry of the track is left. */
  readonly isLost: boolean;
}

/** What lies in the place of a pointer. `keys`: the keys that an unparsable file could mean. */
type Said =
  | { readonly kind: 'pointer'; readonly pointer: PointerFile }
  | { readonly kind: 'unclear'; readonly keys: readonly EntryKey[] }
  | { readonly kind: 'gone' };

export class PointerRepair {
  readonly #verify: VerifyContext;
  readonly #entries: EntryStore;
  readonly #pointers: PointerStore;
  #told: Map<string, TrackTarget[]> | undefined;

  constructor(verify: VerifyContext) {
    const { entries, pointers } = verify.options.root;
    this.#verify = verify;
    this.#entries = entries;
    this.#pointers = pointers;
  }

  /** `file` is the name of the pointer. */
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
      `echo/index/${file} is left as it is, for what it leads to is in use or cannot be told; remove it yourself if no track needs it`,
    );
    return { told: null, isLost: false };
  }

  /** Where the pointer should lead. `left`: it may mean something and stays; undefined: no sound entry is left. */
  async #target(track_id: string, file: string): Promise<TrackTarget | 'left' | undefined> {
    const said = await this.#said(file);
    if (said.kind === 'pointer') {
      const led = await this.#ledTo(said.pointer);
      if (led === 'unreadable') return 'left';
      // The file may be a second one of the track, or have the name of another track. Only the file that readers open is
      // written.
      const standing = await this.#pointers.read(track_id);
      if (led !== undefined) {
        if (standing === undefined) return 'left';
        // The job store orders the results of the tracks that it knows: an earlier repair may have led this pointer to an older
        // result.
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

  async #said(file: string): Promise<Said> {
    const read = await this.#verify.options.root.pointerFiles.read(file);
    if (read.kind === 'invalid') return { kind: 'unclear', keys: read.keys };
    return read.kind === 'unreadable' ? { kind: 'unclear', keys: [] } : read;
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

  /** Rewrites the pointer from the entry, if it leads to the right entry but gives outdated facts. */
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

  /** By track, the newest first. Reads the whole tree once, and only for a track that the job store does not know. */
  async #fromManifests(): Promise<Map<string, TrackTarget[]>> {
    if (this.#told !== undefined) return this.#told;
    const found = new Map<string, { pointer: TrackTarget; at: string }[]>();
    for await (const places of this.#verify.options.root.inventory.places())
      for (const place of places) {
        const one = place.kind === 'entry' ? await this.#toldBy(place.key) : undefined;
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
    const evidence = await this.#verify.options.root.pointerFiles.setAside(file);
    return evidence === undefined
      ? null
      : `taken aside, for no sound entry of the track is left: ${evidence}`;
  }
}
