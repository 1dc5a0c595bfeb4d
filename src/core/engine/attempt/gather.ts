/**
 * From what a runner answered to an entry ready for publication: every file checked, and copied and hashed into a directory
 * that the runner never had in hand; the manifest whole. Trusts nothing that the runner says without looking. Why files are
 * copied: docs/adr/0016-published-files-are-copies.md.
 *
 * Calls that take microseconds are made at once: through the thread pool each would take ten times as long.
 */
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { contentTypeOf } from '../../model/content-type.ts';
import type { StagedEntry } from '../../ports/entry-store.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { bytesOf, sealed } from '../../hashing/manifest-seal.ts';
import { stillWritten } from '../../../stores/local/publication.ts';
import { sealedCopy } from '../../../stores/local/seal-copy.ts';
import { type CopiedFrom } from '../../ports/entry-store.ts';
import { stagedEntryPlace } from '../../../stores/local/staging.ts';
import { CabError, errnoOf } from '../../model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { isConfigHash, isSegment, type EntryKey } from '../../model/key.ts';
import type { JobSpec } from '../../model/job.ts';
import { entryMode } from './entry-mode.ts';
import {
  completeManifest,
  parseRunnerManifest,
  type FileFacts,
  type RunnerManifest,
} from '../../publication/manifest-completion.ts';
import type { RunnerResult } from '../../ports/runner.ts';
import type { RunnerIdentity } from '../../model/runner-identity.ts';

export interface Collected {
  readonly job_id: string;
  readonly spec: JobSpec;
  readonly identity: RunnerIdentity;
  /** The directory that was the runner's `out_root`. */
  readonly outRoot: string;
  readonly result: RunnerResult;
  /** The bounds of the run. ISO 8601, UTC. */
  readonly started_at: string;
  readonly ended_at: string;
  readonly version: string;
}

/** @throws CabError runner_result_invalid, saying which file and why; the signal's reason */
export async function collect(from: Collected, signal: AbortSignal): Promise<StagedEntry> {
  const outRoot = realpathSync.native(from.outRoot);
  const artifact = existing(from.result.artifact, from, 'artifact');
  const manifestFile =
    from.result.manifest === null ? null : existing(from.result.manifest, from, 'manifest');
  const own = manifestFile === null ? null : ownManifest(manifestFile, from);
  const key = reportedKey(outRoot, artifact, own) ?? from.spec.key;
  const dir = stagedEntryPlace(from.outRoot);
  const names = isBelow(artifact, outRoot)
    ? filesBeside(artifact, manifestFile, outRoot, from)
    : [basename(artifact)];
  const copies = await guarded(`job ${from.job_id}`, async () => {
    mkdirSync(dir, 0o700);
    const copies: FileCopy[] = [];
    for (const name of names) copies.push(await copy(name, dirname(artifact), dir, from, signal));
    return copies;
  });
  const name = basename(artifact);
  const manifestName = from.spec.manifest_name;
  const made = copies.find(({ facts }) => facts.path === name);
  if (made === undefined) throw invalid(from, `the artifact ${name} has the name of the manifest`);
  const manifest = sealed(
    completeManifest({
      ...from,
      key,
      own,
      artifact: made.facts,
      files: copies.filter((file) => file !== made).map(({ facts }) => facts),
    }),
  );
  const bytes = bytesOf(manifest);
  await guarded(`job ${from.job_id}`, async () => {
    failpoint('entry.manifest-writing');
    writeFileSync(join(dir, manifestName), bytes, { flag: 'wx' });
  });
  const mode = entryMode(from.spec, join(dir, manifestName));
  const copiedFrom = copies.map((file) => file.from);
  return { key, dir, artifact: name, manifestName, manifest, mode, copiedFrom };
}

function existing(path: string, from: Collected, what: string): string {
  const file = resolve(from.outRoot, path);
  try {
    const stats = inOpened(from.outRoot, dirname(file), () => lstatSync(file));
    if (!stats.isFile()) throw invalid(from, `the ${what} ${file} is not a regular file`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR')
      throw invalid(from, `the ${what} ${file} does not exist`, error);
    throw unreadable(file, from, error);
  }
  if (!isSegment(basename(file)))
    throw invalid(from, `the ${what}'s name ${JSON.stringify(basename(file))} is not safe`);
  return join(realpathSync.native(dirname(file)), basename(file));
}

/** A runner may have taken the permissions of directories from everybody, also from itself. Few do: the look comes first. */
function inOpened<T>(outRoot: string, home: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
  }
  openDirectories(outRoot, home);
  return look();
}

function openDirectories(outRoot: string, home: string): void {
  if (home !== outRoot && !isBelow(home, outRoot)) return;
  const below = relative(outRoot, home).split(sep);
  for (let at = 0; at <= below.length; at += 1) {
    const dir = join(outRoot, ...below.slice(0, at));
    try {
      accessSync(dir, constants.R_OK | constants.X_OK);
    } catch (error) {
      if (errnoOf(error) !== 'EACCES') return;
      openToOwner(dir);
    }
  }
}

/** Another user's cannot be; what is in it then says so. */
function openToOwner(dir: string): void {
  try {
    chmodSync(dir, 0o700);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

function ownManifest(file: string, from: Collected): RunnerManifest {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw unreadable(file, from, error);
  }
  return parseRunnerManifest(bytes, file);
}

/** `echo/<config>/<source>/` or `<config>/<source>/` in the path, else what the runner's manifest says. */
function reportedKey(
  outRoot: string,
  artifact: string,
  own: RunnerManifest | null,
): EntryKey | undefined {
  const parts = isBelow(artifact, outRoot) ? relative(outRoot, dirname(artifact)).split(sep) : [];
  const [first, second, third] = parts;
  if (parts.length === 3 && first === 'echo' && second !== undefined && third !== undefined)
    return safeKey(second, third);
  const said = own && safeKey(own.config_hash, own.source_hash);
  return said ?? undefined;
}

const safeKey = (
  config_hash: string | undefined,
  source_hash: string | undefined,
): EntryKey | undefined =>
  config_hash !== undefined &&
  source_hash !== undefined &&
  isConfigHash(config_hash) &&
  isSegment(source_hash)
    ? { config_hash, source_hash }
    : undefined;

/**
 * The artifact's directory is the entry's, with all that the runner left in it: regular files, the manifest aside. A directory
 * is refused by name rather than left out without a word; an empty one, as `entry` of a runner that did not use it, holds
 * nothing to lose.
 */
function filesBeside(
  artifact: string,
  manifestFile: string | null,
  outRoot: string,
  from: Collected,
): string[] {
  const home = dirname(artifact);
  return inOpened(outRoot, home, () => readdirSync(home, { withFileTypes: true }))
    .filter((item) => {
      const path = join(home, item.name);
      if (item.name === from.spec.manifest_name || path === manifestFile) return false;
      if (item.isFile() && isSegment(item.name)) return true;
      if (home === outRoot && item.isDirectory() && readdirSync(path).length === 0) return false;
      throw invalid(
        from,
        `${JSON.stringify(item.name)} beside the artifact is not a regular file with a safe name`,
      );
    })
    .map(({ name }) => name)
    .sort((a, b) => (a < b ? -1 : 1));
}

const isBelow = (path: string, dir: string): boolean => path.startsWith(dir + sep);

interface FileCopy {
  readonly facts: FileFacts;
  readonly from: CopiedFrom;
}

async function copy(
  name: string,
  home: string,
  dir: string,
  from: Collected,
  signal: AbortSignal,
): Promise<FileCopy> {
  const path = join(home, name);
  const copied = await sealedCopy(path, join(dir, name), signal).catch((error: unknown) => {
    throw unreadable(path, from, error);
  });
  if (copied === undefined) throw stillWritten(path, from.identity.name);
  const { sha256, size } = copied;
  const facts = { path: name, sha256, size, content_type: await contentTypeOf(name) };
  return { facts, from: copied.from };
}

/** What another user keeps from this one is the runner's doing, and says nothing of the root. */
function unreadable(file: string, from: Collected, error: unknown): unknown {
  const errno = errnoOf(error);
  return errno === 'EACCES' || errno === 'EPERM' || errno === 'ELOOP'
    ? invalid(from, `${file} cannot be read (${errno})`, error)
    : error;
}

const invalid = (from: Collected, what: string, cause?: unknown): CabError =>
  new CabError('runner_result_invalid', `runner ${from.identity.name}: ${what}`, {
    cause,
    details: { runner: from.identity.name, job_id: from.job_id },
  });
