import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bytesOf } from '../../core/hashing/manifest-seal.ts';
import { errnoOf } from '../../core/model/errors.ts';
import type { JobResult } from '../../core/model/job.ts';
import type { EntryKey } from '../../core/model/key.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import type { EntryRepair } from '../../core/ports/entry-repair.ts';
import type { EntryStore, FileNames } from '../../core/ports/entry-store.ts';
import type { Workspace } from '../../core/ports/workspace.ts';
import { idlePlace } from '../../support/files/idle-place.ts';
import { writeThrough } from '../../support/files/temporary.ts';
import { readChecked, unmetered } from './check/read-file.ts';
import { placeIn, type Layout } from './layout.ts';
import { quarantine } from './publication.ts';
import { stagedEntryPlace } from './staging.ts';

/** Repairs entries for verify: publishes a manifest again, or moves a damaged entry to quarantine. */
export class FsEntryRepair implements EntryRepair {
  readonly #layout: Layout;
  readonly #names: FileNames;
  readonly #entries: EntryStore;
  readonly #workspace: Workspace;

  constructor(layout: Layout, names: FileNames, entries: EntryStore, workspace: Workspace) {
    this.#layout = layout;
    this.#names = names;
    this.#entries = entries;
    this.#workspace = workspace;
  }

  async intactArtifact(key: EntryKey, result: JobResult): Promise<number | undefined> {
    const dir = this.where(key);
    try {
      const others = readdirSync(dir).filter((name) => name !== result.manifest);
      if (others.length !== 1 || others[0] !== result.artifact) return undefined;
      const read = readChecked(join(dir, result.artifact), true, unmetered);
      return read.state === 'read' && read.sha256 === result.etag ? read.size : undefined;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
  }

  /** Publishes as a job does. The damaged entry that stands in the place moves to quarantine. */
  async republish(key: EntryKey, result: JobResult, manifest: Manifest): Promise<void> {
    const { artifact, manifest: manifestName, etag } = result;
    const standing = join(this.where(key), artifact);
    const staging = await this.#workspace.stage(basename(idlePlace(this.#layout.staging)), 1);
    try {
      const dir = stagedEntryPlace(staging.dir);
      mkdirSync(dir);
      const place = join(dir, artifact);
      await copyFile(standing, place);
      if (readChecked(place, true, unmetered).sha256 !== etag)
        throw new Error(`the copy of ${artifact} does not match its digest`);
      writeFileSync(join(dir, manifestName), bytesOf(manifest), { flag: 'wx' });
      const mode = statSync(standing).mode & 0o444;
      await this.#entries.publish({ key, dir, artifact, manifestName, manifest, mode });
    } finally {
      await staging.discard();
    }
  }

  async setAside(key: EntryKey, note: object): Promise<string | undefined> {
    const { manifestName } = this.#names;
    const evidence = await quarantine(this.where(key), key, this.#layout, manifestName);
    if (evidence === undefined) return undefined;
    const text = `${JSON.stringify(note, null, 2)}\n`;
    await writeThrough(this.#layout, `${evidence}.json`, text);
    return placeIn(this.#layout, evidence);
  }

  where(key: EntryKey): string {
    return this.#layout.entry(key);
  }
}
