import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Stats } from 'node:fs';
import { sha256 } from '../../../core/hashing/digest.ts';
import { faultOfParts, sortedByPath } from '../../../core/model/entry/entry-parts.ts';
import { weightOf } from '../../../core/model/entry/light-weight.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import type { Manifest } from '../../../core/model/entry/manifest.ts';
import type { LightFile } from '../../../core/ports/made-entry.ts';
import type { Returned } from '../../../core/ports/runner.ts';
import type {
  GatheredFiles,
  Gathering,
  RunOutput,
  SmallOutput,
  StagedEntry,
} from '../../../core/ports/workspace.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { entryMode } from '../entries/entry-mode.ts';
import { factsOf } from './gathering.ts';
import { invalid } from './left-files.ts';
import { stagedEntryPlace } from './staging.ts';

/** Makes an entry from what a runner returned in memory. Nothing of it was on disk. */
export class ReturnedGathering implements Gathering {
  readonly folders: readonly string[] = [];
  readonly manifest: Gathering['manifest'];
  readonly #from: RunOutput;
  readonly #artifact: string;
  readonly #files: readonly LightFile[];
  readonly #madeHere: () => Pick<Stats, 'mode' | 'gid'>;

  /**
   * @param madeHere as that of `FsGathering`
   * @throws CabError runner_result_invalid
   */
  constructor(
    from: RunOutput,
    { files, manifest }: Returned,
    madeHere: () => Pick<Stats, 'mode' | 'gid'>,
  ) {
    this.#from = from;
    this.manifest = manifest && { file: from.manifest_name, bytes: manifest };
    this.#artifact = files[0].path;
    this.#files = sortedByPath(files);
    this.#madeHere = madeHere;
    const fault = faultOfParts(this.#files, from.manifest_name);
    if (fault !== undefined) throw invalid(from, fault);
  }

  /** For a result that is too large for memory: it goes to disk as others do. */
  copy(): Promise<GatheredFiles> {
    const dir = stagedEntryPlace(this.#from.out_root);
    return guarded(`job ${this.#from.job_id}`, async () => {
      for (const { path, bytes } of this.#files) {
        mkdirSync(dirname(join(dir, path)), { recursive: true, mode: 0o700 });
        writeFileSync(join(dir, path), bytes, { flag: 'wx', mode: 0o600 });
      }
      return this.#facts();
    });
  }

  async readSmall(most: number): Promise<SmallOutput | undefined> {
    const weight = this.#files.reduce((sum, { bytes }) => sum + weightOf(bytes.length), 0);
    if (weight > most) return undefined;
    const { manifest_name: manifestName, read } = this.#from;
    return {
      ...(await this.#facts()),
      finish: (key, manifest, bytes) => ({
        ...{ key, artifact: this.#artifact, manifestName, manifest },
        mode: entryMode(read, this.#madeHere()),
        files: [...this.#files, { path: manifestName, bytes }],
      }),
    };
  }

  finish(key: EntryKey, manifest: Manifest, bytes: Uint8Array): Promise<StagedEntry> {
    const { job_id, out_root, manifest_name: manifestName, read } = this.#from;
    const dir = stagedEntryPlace(out_root);
    return guarded(`job ${job_id}`, async () => {
      writeFileSync(join(dir, manifestName), bytes, { flag: 'wx', mode: 0o600 });
      return {
        ...{ key, dir, artifact: this.#artifact, manifestName, manifest },
        mode: entryMode(read, this.#madeHere()),
      };
    });
  }

  async #facts(): Promise<GatheredFiles> {
    const facts = await Promise.all(
      this.#files.map(({ path, bytes }) =>
        factsOf(path, { sha256: sha256(bytes), size: bytes.length, mode: undefined }),
      ),
    );
    const [artifact] = facts.filter(({ path }) => path === this.#artifact);
    if (artifact === undefined) throw new TypeError('the artifact is none of the files');
    return { artifact, others: facts.filter((each) => each !== artifact) };
  }
}
