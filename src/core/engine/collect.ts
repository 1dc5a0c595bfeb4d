/**
 * From what a runner answered to an entry ready for publication: every file checked, hashed, and in one
 * directory; the manifest whole. Trusts nothing that the runner says without looking.
 *
 * Calls that take microseconds are made at once: through the thread pool each would take ten times as long.
 */
import { randomUUID } from 'node:crypto';
import {
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { contentTypeOf } from '../cas/content-type.ts';
import type { StagedEntry } from '../cas/entry-store.ts';
import { guarded } from '../cas/io-error.ts';
import { bytesOf, sealed } from '../cas/manifest-seal.ts';
import { CabError, errnoOf } from '../errors.ts';
import { failpoint } from '../failpoints.ts';
import { sha256, sha256File } from '../hashing/digest.ts';
import { isConfigHash, isSegment, type EntryKey } from '../model/key.ts';
import type { JobSpec } from '../model/job.ts';
import {
  completeManifest,
  parseRunnerManifest,
  type FileFacts,
  type RunnerManifest,
} from './manifest-completion.ts';
import type { RunnerIdentity, RunnerResult } from './runner.ts';

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

/** @throws CabError runner_result_invalid, saying which file and why */
export async function collect(from: Collected): Promise<StagedEntry> {
  const outRoot = realpathSync.native(from.outRoot);
  const artifact = existing(from.result.artifact, from, 'artifact');
  const manifestFile =
    from.result.manifest === null ? null : existing(from.result.manifest, from, 'manifest');
  const own =
    manifestFile === null ? null : parseRunnerManifest(readFileSync(manifestFile), manifestFile);
  const key = reportedKey(outRoot, artifact, own) ?? from.spec.key;
  const dir = await guarded(`job ${from.job_id}`, () => gather(outRoot, artifact, manifestFile));
  const name = basename(artifact);
  const manifestName = from.spec.manifest_name;
  const files = await factsOf(dir, from);
  const facts = files.find((file) => file.path === name);
  if (facts === undefined) throw invalid(from, `the artifact ${name} has the name of the manifest`);
  const manifest = sealed(
    completeManifest({
      ...from,
      key,
      own,
      artifact: facts,
      files: files.filter((file) => file !== facts),
    }),
  );
  const bytes = bytesOf(manifest);
  await guarded(`job ${from.job_id}`, async () => {
    failpoint('entry.manifest-writing');
    writeFileSync(join(dir, manifestName), bytes, { flag: 'wx' });
  });
  return { key, dir, artifact: name, manifestName, manifest };
}

function existing(path: string, from: Collected, what: string): string {
  const file = resolve(from.outRoot, path);
  try {
    const stats = lstatSync(file);
    if (!stats.isFile()) throw invalid(from, `the ${what} ${file} is not a regular file`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR')
      throw invalid(from, `the ${what} ${file} does not exist`, error);
    throw error;
  }
  if (!isSegment(basename(file)))
    throw invalid(from, `the ${what}'s name ${JSON.stringify(basename(file))} is not safe`);
  return join(realpathSync.native(dirname(file)), basename(file));
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
 * One directory with exactly the entry's files but for the manifest, which is written anew. A directory of
 * the artifact's own, below `outRoot`, is the entry's, with all that the runner left in it.
 */
async function gather(
  outRoot: string,
  artifact: string,
  manifestFile: string | null,
): Promise<string> {
  const home = dirname(artifact);
  if (isBelow(artifact, outRoot) && home !== outRoot) {
    if (manifestFile !== null && dirname(manifestFile) === home) await rm(manifestFile);
    return home;
  }
  const dir = join(outRoot, '.entry');
  mkdirSync(dir);
  const place = join(dir, basename(artifact));
  if (isBelow(artifact, outRoot)) renameSync(artifact, place);
  else await copyFile(artifact, place, constants.COPYFILE_FICLONE);
  return dir;
}

const isBelow = (path: string, dir: string): boolean => path.startsWith(dir + sep);

async function factsOf(dir: string, from: Collected): Promise<FileFacts[]> {
  const facts: FileFacts[] = [];
  for (const item of readdirSync(dir, { withFileTypes: true })) {
    const { name } = item;
    if (name === from.spec.manifest_name) {
      await rm(join(dir, name), { recursive: true });
      continue;
    }
    if (!item.isFile() || !isSegment(name))
      throw invalid(
        from,
        `${JSON.stringify(name)} beside the artifact is not a regular file with a safe name`,
      );
    const path = join(dir, name);
    const { size, nlink } = lstatSync(path);
    if (nlink > 1) await guarded(`job ${from.job_id}`, () => separate(path));
    facts.push({
      path: name,
      sha256: size <= smallFile ? sha256(readFileSync(path)) : await sha256File(path),
      size,
      content_type: await contentTypeOf(name),
    });
  }
  return facts.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A file that has another name as well, the input's say, would change with it, and make it read-only. */
async function separate(path: string): Promise<void> {
  const copy = join(dirname(dirname(path)), `.${randomUUID()}`);
  await copyFile(path, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  renameSync(copy, path);
}

/** Bytes: hashed in a tenth of a millisecond. */
const smallFile = 1 << 16;

const invalid = (from: Collected, what: string, cause?: unknown): CabError =>
  new CabError('runner_result_invalid', `runner ${from.identity.name}: ${what}`, {
    cause,
    details: { runner: from.identity.name, job_id: from.job_id },
  });
