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
import { resultOf } from '../../../publication/hits.ts';
import { isCabError } from '../../../model/errors.ts';
import { formatKey, sameKey, type EntryKey } from '../../../model/key.ts';
import type { PointerFile, TrackTarget } from '../../../model/pointer.ts';
import type { EntryStore } from '../../../ports/entry-store.ts';
import type { PointerStore } from '../../../ports/pointer-store.ts';
import type { VerifyContext } from '../context.ts';

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

  /** Where the pointer should lead. `left`: it may mean something; undefined: nothing sound is left. */
  async #target(track_id: string, file: string): Promise<TrackTarget | 'left' | undefined> {
    const said = await this.#said(file);
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
