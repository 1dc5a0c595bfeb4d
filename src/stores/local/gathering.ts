/**
 * A staged entry, `.cab/staging/<job>-<attempt>.entry/`: copies of what a runner left, in a directory that the runner
 * never had in hand, and the manifest. Why files are copied: docs/adr/0016-published-files-are-copies.md.
 */
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { contentTypeOf } from '../../core/model/content-type.ts';
import type { EntryKey } from '../../core/model/key.ts';
import type { FileFacts, Manifest } from '../../core/model/manifest.ts';
import type {
  CopiedFrom,
  GatheredFiles,
  Gathering,
  RunOutput,
  StagedEntry,
} from '../../core/ports/workspace.ts';
import { failpoint } from '../../support/failpoints.ts';
import { guarded } from '../../support/files/io-error.ts';
import { entryMode } from './entry-mode.ts';
import { existing, filesBeside, invalid, isBelow, unreadable } from './left-files.ts';
import { stillWritten } from '../../core/hashing/untouched.ts';
import { sealedCopy } from './seal-copy.ts';
import { stagedEntryPlace } from './staging.ts';

export class FsGathering implements Gathering {
  readonly folders: readonly string[];
  readonly manifest: Gathering['manifest'];
  readonly #from: RunOutput;
  readonly #outRoot: string;
  readonly #artifact: string;
  readonly #dir: string;
  #copiedFrom: readonly CopiedFrom[] = [];

  /** @throws CabError runner_result_invalid */
  constructor(from: RunOutput) {
    this.#from = from;
    this.#outRoot = realpathSync.native(from.out_root);
    this.#artifact = existing(from.artifact, from, 'artifact');
    this.manifest =
      from.manifest === null ? null : ownManifest(existing(from.manifest, from, 'manifest'), from);
    const home = dirname(this.#artifact);
    this.folders = isBelow(home, this.#outRoot) ? relative(this.#outRoot, home).split(sep) : [];
    this.#dir = stagedEntryPlace(from.out_root);
  }

  async copy(signal: AbortSignal): Promise<GatheredFiles> {
    const name = basename(this.#artifact);
    const names = isBelow(this.#artifact, this.#outRoot)
      ? filesBeside(this.#artifact, this.manifest?.file, this.#outRoot, this.#from)
      : [name];
    const copies = await guarded(`job ${this.#from.job_id}`, async () => {
      mkdirSync(this.#dir, 0o700);
      const copies: FileCopy[] = [];
      for (const each of names) copies.push(await this.#copyOf(each, signal));
      return copies;
    });
    this.#copiedFrom = copies.map(({ from }) => from);
    const facts = copies.map((copy) => copy.facts);
    const artifact = facts.find(({ path }) => path === name);
    if (artifact === undefined)
      throw invalid(this.#from, `the artifact ${name} has the name of the manifest`);
    return { artifact, others: facts.filter((file) => file !== artifact) };
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
      ...{ mode: entryMode(read, place), copiedFrom: this.#copiedFrom },
    };
  }

  async #copyOf(name: string, signal: AbortSignal): Promise<FileCopy> {
    const path = join(dirname(this.#artifact), name);
    const copied = await sealedCopy(path, join(this.#dir, name), signal).catch((error: unknown) => {
      throw unreadable(path, this.#from, error);
    });
    if (copied === undefined) throw stillWritten(path, this.#from.runner);
    const { sha256, size } = copied;
    const facts = { path: name, sha256, size, content_type: await contentTypeOf(name) };
    return { facts, from: copied.from };
  }
}

interface FileCopy {
  readonly facts: FileFacts;
  readonly from: CopiedFrom;
}

function ownManifest(file: string, from: RunOutput): NonNullable<Gathering['manifest']> {
  try {
    return { file, bytes: readFileSync(file) };
  } catch (error) {
    throw unreadable(file, from, error);
  }
}
