import type { EntryKey } from '../../../core/model/entry/key.ts';
import {
  artifactAmong,
  parseManifest,
  unnamedArtifact,
} from '../../../core/model/entry/manifest-file.ts';
import {
  artifactNamed,
  filesOf,
  type ListedFile,
  type Manifest,
} from '../../../core/model/entry/manifest.ts';
import type { FileNames, FoundEntry } from '../../../core/ports/entry-store.ts';
import type { Bucket, ObjectFacts } from '../connection/bucket.ts';
import { asidePath, entryFolder, fileKey } from '../object-keys.ts';

/** An entry as its manifest in the bucket describes it. */
export interface RemoteEntry extends FoundEntry {
  /** Of the manifest's object. */
  readonly bytes: Uint8Array;
}

/** Reads entries in a bucket. The manifest is the commit: files without one are no entry. */
export class RemoteEntries {
  readonly #bucket: Bucket;
  readonly #names: FileNames;

  constructor(bucket: Bucket, names: FileNames) {
    this.#bucket = bucket;
    this.#names = names;
  }

  /** @throws CabError manifest_invalid */
  async locate(key: EntryKey, signal?: AbortSignal): Promise<RemoteEntry | undefined> {
    const { manifestName } = this.#names;
    const place = fileKey(key, manifestName);
    const bytes = await this.#bucket.get(place, signal);
    if (bytes === undefined) return undefined;
    const manifest = parseManifest(bytes, `${this.#bucket.name}/${place}`);
    const artifact = artifactNamed(manifest) ?? (await this.#artifactAmong(key));
    if (artifact === undefined) throw unnamedArtifact(`${this.#bucket.name}/${place}`);
    return { key, manifest, artifact, manifestName, bytes };
  }

  /** Whether each file is there with its size. */
  isWhole(found: FoundEntry, signal?: AbortSignal): Promise<boolean> {
    return this.#each(found, signal, async () => true);
  }

  /**
   * Whether each file is there and has the digest of the manifest. An object that cab wrote carries its digest, which the server
   * compared with the bytes when it took them. Any other object is read.
   */
  isSound(found: FoundEntry, signal?: AbortSignal): Promise<boolean> {
    return this.#each(found, signal, async ({ sha256 }, file) => {
      const place = placeOf(found.key, file);
      return (sha256 ?? (await this.#bucket.digestOf(place, signal))) === file.sha256;
    });
  }

  /** Whether each file is there with its size, and suits. */
  async #each(
    { key, manifest, artifact }: FoundEntry,
    signal: AbortSignal | undefined,
    suits: (facts: ObjectFacts, file: ListedFile) => Promise<boolean>,
  ): Promise<boolean> {
    const files = await Promise.all(
      filesOf(manifest, artifact).map(async (file) => {
        const facts = await this.#bucket.head(placeOf(key, file), signal);
        if (facts === undefined || (file.size != null && facts.size !== file.size)) return false;
        return suits(facts, file);
      }),
    );
    return files.every(Boolean);
  }

  async #artifactAmong(key: EntryKey): Promise<string | undefined> {
    const folder = entryFolder(key);
    const names: string[] = [];
    for await (const page of this.#bucket.list(folder))
      names.push(...page.map(({ key: place }) => place.slice(folder.length)));
    return artifactAmong(names, this.#names.manifestName, this.#names);
  }
}

/** Where a file of an entry lies: in its place, or under its digest, if the manifest says so. */
export function placeOf(key: EntryKey, file: Pick<ListedFile, 'path' | 'sha256'>): string {
  const aside = asidePath(file.sha256);
  return fileKey(key, 'object' in file && file.object === aside ? aside : file.path);
}

/** The manifest, in which `object` says of some files that they lie under their digest. `paths` are within the entry. */
export function withObjects(
  manifest: Manifest,
  artifact: string,
  paths: ReadonlySet<string>,
): Manifest {
  const { artifact: first, files } = manifest;
  return {
    ...manifest,
    artifact: paths.has(artifact) ? { ...first, object: asidePath(first.sha256) } : first,
    ...(files && {
      files: files.map((file) =>
        'sha256' in file && typeof file.sha256 === 'string' && paths.has(file.path)
          ? { ...file, object: asidePath(file.sha256) }
          : file,
      ),
    }),
  };
}
