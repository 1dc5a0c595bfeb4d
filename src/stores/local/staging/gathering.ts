/**
 * Gathers what a runner left into a staged entry, `.cab/staging/<job>-<attempt>.entry/`: copies of the files, in a
 * directory that the runner never had access to, and the manifest. docs/adr/0016-published-files-are-copies.md tells
 * why files are copied.
 */
import {
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { contentTypeOf } from '../../../core/model/entry/content-type.ts';
import { faultOfParts, sortedByPath } from '../../../core/model/entry/entry-parts.ts';
import { foldersOf } from '../../../core/model/entry/entry-path.ts';
import { weightOf } from '../../../core/model/entry/light-weight.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import type { FileFacts, LinkFacts, Manifest } from '../../../core/model/entry/manifest.ts';
import { errnoOf } from '../../../core/model/errors.ts';
import type { LightFile } from '../../../core/ports/made-entry.ts';
import type { OutputFile } from '../../../core/ports/runner.ts';
import type { CopiedFrom } from '../../../core/ports/made-entry.ts';
import type {
  GatheredFiles,
  Gathering,
  RunOutput,
  SmallOutput,
  StagedEntry,
} from '../../../core/ports/workspace.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { entryMode } from '../entries/entry-mode.ts';
import { existing, invalid, isBelow, unreadable } from './left-files.ts';
import { leftOutputs } from './left-outputs.ts';
import { stillWritten } from '../../../core/hashing/untouched.ts';
import { sealedBytes, sealedCopy, type SealedCopy } from './seal-copy.ts';
import { stagedEntryPlace } from './staging.ts';

export class FsGathering implements Gathering {
  readonly folders: readonly string[];
  readonly manifest: Gathering['manifest'];
  readonly #from: RunOutput;
  readonly #outRoot: string;
  readonly #artifact: string;
  readonly #dir: string;
  readonly #madeHere: () => Pick<Stats, 'mode' | 'gid'>;
  readonly #copiedFrom: CopiedFrom[] = [];

  /**
   * @param madeHere `stat` of a file that this process made in the root with mode 0666
   * @throws CabError runner_result_invalid
   */
  constructor(from: RunOutput, madeHere: () => Pick<Stats, 'mode' | 'gid'>) {
    this.#from = from;
    this.#madeHere = madeHere;
    this.#outRoot = realIfThere(from.out_root);
    this.#artifact = existing(from.artifact, from, 'artifact');
    this.manifest =
      from.manifest === null ? null : ownManifest(existing(from.manifest, from, 'manifest'), from);
    const home = dirname(this.#artifact);
    this.folders = isBelow(home, this.#outRoot) ? relative(this.#outRoot, home).split(sep) : [];
    this.#dir = stagedEntryPlace(from.out_root);
  }

  async copy(signal: AbortSignal): Promise<GatheredFiles> {
    const outputs = this.#outputs();
    const gathered = await guarded(`job ${this.#from.job_id}`, async () => {
      mkdirSync(this.#dir, 0o700);
      this.#makeFolders(outputs);
      const gathered: (FileFacts | LinkFacts)[] = [];
      for (const each of outputs)
        gathered.push('link' in each ? each : await this.#copyOf(each, signal));
      return gathered;
    });
    return this.#sorted(gathered);
  }

  async readSmall(most: number): Promise<SmallOutput | undefined> {
    const facts: (FileFacts | LinkFacts)[] = [];
    const files: LightFile[] = [];
    const copiedFrom: CopiedFrom[] = [];
    let left = most;
    for (const each of this.#outputs()) {
      if ('link' in each) facts.push(each);
      else {
        const read = await this.#sealed(each.from, () => sealedBytes(each.from, left));
        if (read === 'too large') return undefined;
        facts.push(await factsOf(each.path, read));
        files.push({ path: each.path, bytes: read.bytes });
        copiedFrom.push(read.from);
        left -= weightOf(read.size);
        if (left < 0) return undefined;
      }
    }
    return {
      ...this.#sorted(facts),
      finish: (key, manifest, bytes) => {
        const { manifest_name: manifestName, read } = this.#from;
        return {
          ...{ key, artifact: basename(this.#artifact), manifestName, manifest },
          ...{ mode: entryMode(read, this.#madeHere()), copiedFrom },
          files: [...files, { path: manifestName, bytes }],
        };
      },
    };
  }

  async finish(key: EntryKey, manifest: Manifest, bytes: Uint8Array): Promise<StagedEntry> {
    const { job_id, manifest_name: manifestName, read } = this.#from;
    const place = join(this.#dir, manifestName);
    await guarded(`job ${job_id}`, async () => {
      failpoint('entry.manifest-writing');
      writeFileSync(place, bytes, { flag: 'wx' });
    });
    return {
      ...{ key, dir: this.#dir, artifact: basename(this.#artifact), manifestName, manifest },
      ...{ mode: entryMode(read, statSync(place)), copiedFrom: this.#copiedFrom },
    };
  }

  /** @throws CabError runner_result_invalid */
  #outputs(): readonly OutputFile[] {
    const outputs = sortedByPath([...this.#left(basename(this.#artifact)), ...this.#from.files]);
    const fault = faultOfParts(outputs, this.#from.manifest_name);
    if (fault !== undefined) throw invalid(this.#from, fault);
    return outputs;
  }

  /** @throws CabError runner_result_invalid */
  #sorted(gathered: readonly (FileFacts | LinkFacts)[]): GatheredFiles {
    const name = basename(this.#artifact);
    const isArtifact = (each: FileFacts | LinkFacts): each is FileFacts =>
      each.path === name && 'sha256' in each;
    const artifact = gathered.find(isArtifact);
    if (artifact === undefined)
      throw invalid(this.#from, `the artifact ${name} has the name of the manifest`);
    return { artifact, others: gathered.filter((each) => each !== artifact) };
  }

  /** If the artifact lies outside of `out_root`, it is copied alone. */
  #left(name: string): OutputFile[] {
    return isBelow(this.#artifact, this.#outRoot)
      ? leftOutputs(this.#artifact, this.manifest?.file, this.#outRoot, this.#from)
      : [{ path: name, from: this.#artifact }];
  }

  #makeFolders(outputs: readonly OutputFile[]): void {
    const folders = outputs.flatMap((each) => ('link' in each ? [] : foldersOf(each.path)));
    for (const folder of new Set(folders)) mkdirSync(join(this.#dir, folder), 0o700);
  }

  async #copyOf(
    { path, from }: { readonly path: string; readonly from: string },
    signal: AbortSignal,
  ): Promise<FileFacts> {
    const copied = await this.#sealed(from, () => sealedCopy(from, join(this.#dir, path), signal));
    this.#copiedFrom.push(copied.from);
    return factsOf(path, copied);
  }

  /** @throws CabError runner_result_invalid */
  async #sealed<T>(from: string, seal: () => Promise<T | undefined>): Promise<T> {
    const sealed = await seal().catch((error: unknown) => {
      throw unreadable(from, this.#from, error);
    });
    if (sealed === undefined) throw stillWritten(from, this.#from.runner);
    return sealed;
  }
}

/** What the manifest says of a file. */
export const factsOf = async (
  path: string,
  { sha256, size, mode }: Omit<SealedCopy, 'from'>,
): Promise<FileFacts> => ({
  ...{ path, sha256, size, content_type: await contentTypeOf(path) },
  ...(mode && { mode }),
});

/** A runner that makes the directory itself may have had no use for it. */
function realIfThere(dir: string): string {
  try {
    return realpathSync.native(dir);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return dir;
  }
}

function ownManifest(file: string, from: RunOutput): NonNullable<Gathering['manifest']> {
  try {
    return { file, bytes: readFileSync(file) };
  } catch (error) {
    throw unreadable(file, from, error);
  }
}
