import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { sha256 } from '../../core/hashing/digest.ts';
import { fingerprintOf } from '../../core/hashing/fingerprint.ts';
import { isUntouched, stillWritten } from '../../core/hashing/untouched.ts';
import { contentTypeOf } from '../../core/model/entry/content-type.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { isSegment, type EntryKey } from '../../core/model/entry/key.ts';
import { faultOfParts, sortedByPath } from '../../core/model/entry/entry-parts.ts';
import type { FileFacts, LinkFacts, Manifest } from '../../core/model/entry/manifest.ts';
import type { OutputFile, Returned } from '../../core/ports/runner.ts';
import type { CopiedFrom } from '../../core/ports/made-entry.ts';
import type {
  GatheredFiles,
  Gathering,
  RunOutput,
  StagedEntry,
} from '../../core/ports/workspace.ts';

/** The directory for copies of an attempt's files. It lies beside the directory that the runner may still write. */
export const gatheredDirectory = (out_root: string): string => `${out_root}.gathered`;

/** Gathers an attempt's files: reads each file whole and writes a copy. */
export class PlainGathering implements Gathering {
  readonly folders: readonly string[];
  readonly manifest: Gathering['manifest'];
  readonly #output: RunOutput;
  readonly #artifact: string;
  readonly #isWithin: boolean;
  readonly #copied: CopiedFrom[] = [];

  /** @throws CabError runner_result_invalid */
  static async of(output: RunOutput): Promise<PlainGathering> {
    const file = output.manifest === null ? null : await regularFile(output.manifest, output);
    const manifest = file === null ? null : { file, bytes: await readFile(file) };
    return PlainGathering.#with(manifest, output);
  }

  static async #with(manifest: Gathering['manifest'], output: RunOutput): Promise<PlainGathering> {
    const root = await realpath(output.out_root);
    return new PlainGathering(output, root, await regularFile(output.artifact, output), manifest);
  }

  /** Puts what a runner returned where a runner might have written it. @throws CabError runner_result_invalid */
  static async ofReturned(
    output: RunOutput,
    { files, manifest }: Returned,
  ): Promise<PlainGathering> {
    const fault = faultOfParts(files, output.manifest_name);
    if (fault !== undefined) throw invalid(output, fault);
    const home = join(output.out_root, 'returned');
    for (const { path, bytes } of files) {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), bytes);
    }
    const own = manifest && { file: output.manifest_name, bytes: manifest };
    return PlainGathering.#with(own, { ...output, artifact: join(home, files[0].path) });
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
    const name = basename(this.#artifact);
    const left: OutputFile[] = this.#isWithin
      ? await this.#beside('')
      : [{ path: name, from: this.#artifact }];
    const outputs = sortedByPath([...left, ...this.#output.files]);
    const fault = faultOfParts(outputs, this.#output.manifest_name);
    if (fault !== undefined) throw invalid(this.#output, fault);
    const gathered: (FileFacts | LinkFacts)[] = [];
    for (const output of outputs) {
      signal.throwIfAborted();
      gathered.push('link' in output ? output : await this.#copyOf(output.path, output.from));
    }
    const artifact = gathered.find((each) => each.path === name);
    if (artifact === undefined || 'link' in artifact)
      throw invalid(this.#output, `the artifact ${name} has the name of the manifest`);
    return { artifact, others: gathered.filter((each) => each !== artifact) };
  }

  async finish(key: EntryKey, manifest: Manifest, bytes: Uint8Array): Promise<StagedEntry> {
    const dir = gatheredDirectory(this.#output.out_root);
    const { manifest_name: manifestName } = this.#output;
    await writeFile(join(dir, manifestName), bytes, { flag: 'wx' });
    const artifact = basename(this.#artifact);
    return { key, dir, artifact, manifestName, manifest, copiedFrom: this.#copied };
  }

  /** The files and links in a folder of the artifact's directory and below, without the manifest. */
  async #beside(folder: string): Promise<OutputFile[]> {
    const home = join(dirname(this.#artifact), folder);
    const found: OutputFile[] = [];
    for (const item of await readdir(home, { withFileTypes: true })) {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      const from = join(home, item.name);
      if (path === this.#output.manifest_name || from === this.manifest?.file) continue;
      if (item.isDirectory()) found.push(...(await this.#beside(path)));
      else if (item.isFile()) found.push({ path, from });
      else if (item.isSymbolicLink()) found.push({ path, link: await readlink(from) });
      else throw invalid(this.#output, `${from} is neither a file nor a link`);
    }
    return found;
  }

  async #copyOf(path: string, place: string): Promise<FileFacts> {
    const stats = await stat(place, { bigint: true });
    const from = { path: place, fingerprint: fingerprintOf(stats) };
    const bytes = await readFile(place);
    const copy = join(gatheredDirectory(this.#output.out_root), path);
    await mkdir(dirname(copy), { recursive: true });
    await writeFile(copy, bytes, { flag: 'wx' });
    if (!isUntouched(from)) throw stillWritten(place, this.#output.runner);
    this.#copied.push(from);
    const facts = { path, sha256: sha256(bytes), size: bytes.length };
    const mode = (stats.mode & 0o100n) === 0n ? undefined : 'x';
    return { ...facts, content_type: await contentTypeOf(path), ...(mode && { mode }) };
  }
}

/** The path, without links, of a regular file with a safe name. @throws CabError runner_result_invalid */
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

const invalid = ({ runner, job_id }: RunOutput, what: string, cause?: unknown): CabError =>
  new CabError('runner_result_invalid', `runner ${runner}: ${what}`, {
    cause,
    details: { runner, job_id },
  });
