/**
 * A pointer that leads nowhere goes back to the newest sound entry of its track: of those that the job store knows,
 * else of those whose manifests name the track. What stands at a key is the result of that key, whether the track was told
 * of these bytes or of those that stood there before. Where none is left the pointer is taken aside. A job that ends meanwhile may
 * write its own pointer before this one: the latest of the store is looked at before and after, and once more round
 * where it has moved.
 */
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeDirectory, syncDirectory } from '../../cas/durable.ts';
import { FsEntryStore } from '../../cas/fs-entry-store.ts';
import { FsPointerStore } from '../../cas/fs-pointer-store.ts';
import { pointerTo } from '../../engine/head.ts';
import { resultOf } from '../../engine/hits.ts';
import { errnoOf, isCabError } from '../../errors.ts';
import { formatKey } from '../../model/key.ts';
import type { Pointer } from '../../model/pointer.ts';
import { entryPlaces } from '../walk.ts';
import type { VerifyContext } from './context.ts';

const mostLookedAt = 1000;

export interface MendedPointer {
  /** What was done, for people; null where nothing could be. */
  readonly told: string | null;
  /** No sound entry of the track is left. */
  readonly isLost: boolean;
}

export class PointerRepair {
  readonly #verify: VerifyContext;
  readonly #entries: FsEntryStore;
  readonly #pointers: FsPointerStore;
  #told: Map<string, Pointer[]> | undefined;

  constructor(verify: VerifyContext) {
    const { layout, manifestName } = verify.options;
    this.#verify = verify;
    this.#entries = new FsEntryStore(layout, manifestName);
    this.#pointers = new FsPointerStore(layout);
  }

  /** `file` is where the pointer lies. */
  async mend(track_id: string, file: string): Promise<MendedPointer> {
    for (;;) {
      const before = await this.#latest(track_id);
      const pointer = await this.#newestSound(track_id);
      if (pointer === undefined) return { told: await this.#takeAside(file), isLost: true };
      await this.#pointers.write(pointer);
      if (file !== this.#verify.options.layout.pointer(track_id)) await rm(file, { force: true });
      if ((await this.#latest(track_id)) === before)
        return { told: `leads to ${formatKey(pointer)} now`, isLost: false };
    }
  }

  async #latest(track_id: string): Promise<string | undefined> {
    const [head] = (await this.#verify.store?.history(track_id, 1)) ?? [];
    return head?.job_id;
  }

  async #newestSound(track_id: string): Promise<Pointer | undefined> {
    const known = (await this.#verify.store?.history(track_id, mostLookedAt)) ?? [];
    for (const { config_hash, source_hash } of known) {
      const found = await this.#entries.claimHit({ config_hash, source_hash });
      if (found !== undefined) return pointerTo(track_id, resultOf(found));
    }
    for (const pointer of (await this.#fromManifests()).get(track_id) ?? []) {
      const found = await this.#entries.claimHit(pointer);
      if (found !== undefined) return pointerTo(track_id, resultOf(found));
    }
    return undefined;
  }

  /** By track, the newest first; the whole tree is read, once, and only for a track that the job store does not know. */
  async #fromManifests(): Promise<Map<string, Pointer[]>> {
    if (this.#told !== undefined) return this.#told;
    const found = new Map<string, { pointer: Pointer; at: string }[]>();
    for (const place of entryPlaces(this.#verify.options.layout)) {
      if (place.kind !== 'entry') continue;
      const one = await this.#toldBy(place.key);
      if (one === undefined) continue;
      const { track_id } = one.pointer;
      found.set(track_id, [...(found.get(track_id) ?? []), one]);
    }
    const newestFirst = (told: { pointer: Pointer; at: string }[]) =>
      told.sort((a, b) => (a.at < b.at ? 1 : -1)).map(({ pointer }) => pointer);
    return (this.#told = new Map([...found].map(([track, told]) => [track, newestFirst(told)])));
  }

  async #toldBy(key: {
    config_hash: string;
    source_hash: string;
  }): Promise<{ pointer: Pointer; at: string } | undefined> {
    try {
      const found = await this.#entries.find(key);
      const track_id = found?.manifest.track_id;
      if (found === undefined || typeof track_id !== 'string') return undefined;
      const { artifact, manifestName, manifest } = found;
      const pointer = { track_id, ...key, artifact, manifest: manifestName };
      return {
        pointer: { ...pointer, etag: manifest.artifact.sha256 },
        at: manifest.created_at ?? '',
      };
    } catch (error) {
      if (isCabError(error, 'manifest_invalid', 'store_unreadable')) return undefined;
      throw error;
    }
  }

  async #takeAside(file: string): Promise<string | null> {
    const { quarantine, index } = this.#verify.options.layout;
    const evidence = join(quarantine, `${Date.now()}-${process.pid}-pointer-${basename(file)}`);
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
