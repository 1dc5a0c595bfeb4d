import { lstat, mkdir, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { sha256 } from '../../core/hashing/digest.ts';
import { fingerprintOf } from '../../core/hashing/fingerprint.ts';
import { isUntouched, stillWritten } from '../../core/hashing/untouched.ts';
import { contentTypeOf } from '../../core/model/content-type.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { isSegment, type EntryKey } from '../../core/model/key.ts';
import type { FileFacts, Manifest } from '../../core/model/manifest.ts';
import type {
  CopiedFrom,
  GatheredFiles,
  Gathering,
  RunOutput,
  StagedEntry,
} from '../../core/ports/workspace.ts';

/** Where the files of an attempt are copied; beside the directory that its runner may still write. */
export const gatheredDirectory = (out_root: string): string => `${out_root}.gathered`;

/** Copies file by file, each read whole. */
export class PlainGathering implements Gathering {
  readonly folders: readonly string[];
  readonly manifest: Gathering['manifest'];
  readonly #output: RunOutput;
  readonly #artifact: string;
  readonly #isWithin: boolean;
  readonly #copied: CopiedFrom[] = [];

  /** @throws CabError runner_result_invalid */
  static async of(output: RunOutput): Promise<PlainGathering> {
    const root = await realpath(output.out_root);
    const artifact = await regularFile(output.artifact, output);
    const file = output.manifest === null ? null : await regularFile(output.manifest, output);
    const manifest = file === null ? null : { file, bytes: await readFile(file) };
    return new PlainGathering(output, root, artifact, manifest);
  }

  private constructor(
    output: RunOutput,
    root: string,
    artifact: string,
    manifest: Gathering['manifest'],
  ) {
    const home = dirname(artifact);
    this.manifest = manifest;
    this.#output = output;
    this.#artifact = artifact;
    this.#isWithin = artifact.startsWith(root + sep);
    this.folders = home.startsWith(root + sep) ? relative(root, home).split(sep) : [];
  }

  async copy(signal: AbortSignal): Promise<GatheredFiles> {
    await mkdir(gatheredDirectory(this.#output.out_root));
    const name = basename(this.#artifact);
    const artifact = await this.#copyOf(name);
    const others: FileFacts[] = [];
    for (const other of this.#isWithin ? await this.#beside() : []) {
      signal.throwIfAborted();
      others.push(await this.#copyOf(other));
    }
    return { artifact, others };
  }

  async finish(key: EntryKey, manifest: Manifest, bytes: Uint8Array): Promise<StagedEntry> {
    const dir = gatheredDirectory(this.#output.out_root);
    const { manifest_name: manifestName } = this.#output;
    await writeFile(join(dir, manifestName), bytes, { flag: 'wx' });
    const artifact = basename(this.#artifact);
    return { key, dir, artifact, manifestName, manifest, copiedFrom: this.#copied };
  }

  /** What lies beside the artifact, the manifest aside. @throws CabError runner_result_invalid */
  async #beside(): Promise<string[]> {
    const home = dirname(this.#artifact);
    const names: string[] = [];
    for (const name of (await readdir(home)).sort()) {
      const path = join(home, name);
      const isManifest = name === this.#output.manifest_name || path === this.manifest?.file;
      if (path === this.#artifact || isManifest || (await isEmptyDirectory(path))) continue;
      names.push(basename(await regularFile(path, this.#output)));
    }
    return names;
  }

  async #copyOf(name: string): Promise<FileFacts> {
    const path = join(dirname(this.#artifact), name);
    const from = { path, fingerprint: fingerprintOf(await stat(path, { bigint: true })) };
    const bytes = await readFile(path);
    await writeFile(join(gatheredDirectory(this.#output.out_root), name), bytes, { flag: 'wx' });
    if (!isUntouched(from)) throw stillWritten(path, this.#output.runner);
    this.#copied.push(from);
    return {
      path: name,
      sha256: sha256(bytes),
      size: bytes.length,
      content_type: await contentTypeOf(name),
    };
  }
}

/** The path without links of a regular file with a safe name. @throws CabError runner_result_invalid */
async function regularFile(path: string, output: RunOutput): Promise<string> {
  const file = resolve(output.out_root, path);
  try {
    if ((await lstat(file)).isFile() && isSegment(basename(file)))
      return join(await realpath(dirname(file)), basename(file));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw invalid(output, `${file} cannot be read (${errnoOf(error)})`, error);
  }
  throw invalid(output, `${file} is not a regular file with a safe name`);
}

const isEmptyDirectory = async (path: string): Promise<boolean> =>
  (await lstat(path)).isDirectory() && (await readdir(path)).length === 0;

const invalid = ({ runner, job_id }: RunOutput, what: string, cause?: unknown): CabError =>
  new CabError('runner_result_invalid', `runner ${runner}: ${what}`, {
    cause,
    details: { runner, job_id },
  });
