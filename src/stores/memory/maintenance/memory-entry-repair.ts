import { bytesOf } from '../../../core/hashing/manifest-seal.ts';
import { sha256 } from '../../../core/hashing/digest.ts';
import { formatKey, type EntryKey } from '../../../core/model/key.ts';
import type { JobResult } from '../../../core/model/job.ts';
import type { Manifest } from '../../../core/model/manifest.ts';
import type { EntryRepair } from '../../../core/ports/entry-repair.ts';
import type { StoredEntries } from '../stored-entries.ts';

/** Repairs entries in memory for verify. */
export class MemoryEntryRepair implements EntryRepair {
  readonly #entries: StoredEntries;

  constructor(entries: StoredEntries) {
    this.#entries = entries;
  }

  async intactArtifact(key: EntryKey, result: JobResult): Promise<number | undefined> {
    return this.#intact(key, result)?.length;
  }

  async republish(key: EntryKey, result: JobResult, manifest: Manifest): Promise<void> {
    const bytes = this.#intact(key, result);
    if (bytes === undefined)
      throw new Error(`the artifact of ${formatKey(key)} does not match its digest`);
    const { artifact, manifest: manifestName } = result;
    const said = Buffer.from(bytesOf(manifest));
    const files = new Map([
      [artifact, Buffer.from(bytes)],
      [manifestName, said],
    ]);
    this.#entries.setAside(key);
    const entry = { key, artifact, manifestName, manifest };
    this.#entries.put({ entry, files, manifestDigest: sha256(said) });
  }

  async setAside(key: EntryKey, note: object): Promise<string | undefined> {
    return this.#entries.setAside(key, note);
  }

  where(key: EntryKey): string {
    return `memory:${formatKey(key)}`;
  }

  #intact(key: EntryKey, { artifact, manifest, etag }: JobResult): Buffer | undefined {
    const files = this.#entries.get(key)?.files;
    const others = [...(files?.keys() ?? [])].filter((name) => name !== manifest);
    const bytes = files?.get(artifact);
    const isAlone = others.length === 1 && others[0] === artifact;
    return isAlone && bytes !== undefined && sha256(bytes) === etag ? bytes : undefined;
  }
}
