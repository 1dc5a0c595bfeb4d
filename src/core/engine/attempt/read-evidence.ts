/**
 * Proves that a run read what its key names. Before the run, input, database and code are compared with the key, and their
 * stamps are noted. After the run they are checked again:
 *   other content                    the result belongs to another key: the job ends
 *   the same content, other stamps   the runner may have read B if a file went from A to B and back to A: the run is void
 */
import type { DigestMemory } from '../../model/request/digest-memory.ts';
import { CabError, isCabError } from '../../model/errors.ts';
import type { HashInput } from '../../hashing/hash-input.ts';
import type { DeclaredFiles, DeclaredInputs } from '../../ports/declared-inputs.ts';
import { differencesOf } from '../../publication/config-differences.ts';
import { PathStamps } from '../../hashing/path-stamps.ts';
import { formatKey } from '../../model/entry/key.ts';
import type { JobInput, JobSpec, Json } from '../../model/job/job.ts';
import { databaseHash, refuseBusy } from '../../hashing/database-file.ts';
import type { DigestFile } from '../../model/runner/runner-identity.ts';
import type { HashedDatabase, Runner } from '../../ports/runner.ts';
import type { RunnerIdentity } from '../../model/runner/runner-identity.ts';
import type { SharedStamps } from './shared-stamps.ts';

export interface ReadByRun {
  readonly spec: JobSpec;
  readonly runner: Runner;
  readonly digest: DigestFile;
  readonly hashInput: HashInput;
  readonly declaredInputs?: DeclaredInputs | undefined;
  readonly memory: DigestMemory | undefined;
  readonly stamps: SharedStamps;
  /** Ends hashing. */
  readonly signal: AbortSignal;
  /** Whether the input's file still holds the text that was written to it; undefined if the input has a file of its own. */
  readonly isUnfolded?: (() => Promise<boolean>) | undefined;
}

export class ReadEvidence {
  readonly #read: ReadByRun;
  readonly #stamps: ReadStamps;
  readonly #declared: DeclaredFiles | undefined;
  readonly identity: RunnerIdentity;

  private constructor(
    read: ReadByRun,
    identity: RunnerIdentity,
    stamps: ReadStamps,
    declared: DeclaredFiles | undefined,
  ) {
    this.#read = read;
    this.identity = identity;
    this.#stamps = stamps;
    this.#declared = declared;
  }

  /** @throws CabError runner_changed, db_changed, db_busy, input_changed, input_not_found, and what `identify` throws */
  static async before(read: ReadByRun): Promise<ReadEvidence> {
    const { spec, runner, digest, signal } = read;
    const identity = await runner.identify(digest);
    const stamps = await stampsOf(read);
    // If the caller gave the config hash, nobody knows which code it stands for.
    if (!spec.config_hash_given)
      refuseOtherCode(spec, identity, 'since the job was accepted', spec.config?.['runner']);
    await refuseOtherDatabase(spec, digest, signal);
    if (stamps.input.fingerprint(spec.input.path) !== spec.input.fingerprint)
      await refuseOtherInput(read);
    return new ReadEvidence(read, identity, stamps, await declaredFiles(read));
  }

  /**
   * The path whose stamps changed while the runner ran; undefined if the runner read what the key names.
   * @throws CabError as `before`, if the content has changed
   */
  async movedSince(): Promise<string | undefined> {
    const { spec, runner, digest, signal } = this.#read;
    refuseOtherCode(spec, await runner.identify(digest), 'while it ran', this.identity);
    const touched = await this.#declared?.movedSince(signal);
    if (touched !== undefined) throw otherDeclared(touched, 'while the runner ran');
    const now = await stampsOf(this.#read);
    const moved = movedBetween(this.#stamps, now);
    // A log of SQLite beside the database does not change the stamps of the database.
    if (hashesDatabase(spec) && moved === undefined) refuseBusy(spec.db_path);
    if (moved === undefined && partsOf(this.#stamps).every(({ isSettled }) => isSettled))
      return undefined;
    await refuseOtherDatabase(spec, digest, signal);
    await refuseOtherInput(this.#read);
    return moved;
  }

  /** The database as it was hashed; undefined if there is none, or if the caller gave its digest. */
  get database(): HashedDatabase | undefined {
    const { spec } = this.#read;
    if (!hashesDatabase(spec)) return undefined;
    const fingerprint = this.#stamps.database?.fingerprint(spec.db_path);
    return fingerprint === undefined ? undefined : { digest: spec.db_hash, fingerprint };
  }

  /** The error of a job whose runs were all void. */
  neverStill(moved: string): CabError {
    const { spec, runner } = this.#read;
    const isOf = (paths: readonly string[]): boolean => new PathStamps(paths).notes(moved);
    const message = `${moved} was touched each time while the runner read it`;
    const hint =
      'Submit again once nobody writes, moves or links it. A runner must leave what it reads as it is.';
    const options = { hint, details: { file: moved } };
    if (isOf([spec.input.path])) return new CabError('input_changed', message, options);
    if (spec.db_path !== null && isOf([spec.db_path]))
      return new CabError('db_changed', message, options);
    return isOf(runner.codeFiles?.() ?? [])
      ? new CabError('runner_changed', message, options)
      : new CabError('input_changed', message, options);
  }
}

/** The declared inputs, which are what the key holds. @throws CabError input_changed, and what `DeclaredInputs.read` throws */
async function declaredFiles({
  spec: { declared, config },
  declaredInputs,
  memory,
  signal,
}: ReadByRun): Promise<DeclaredFiles | undefined> {
  if (declared === undefined || declared.inputs.length === 0) return undefined;
  const files = await declaredInputs?.read(declared, memory, signal);
  if (files === undefined) throw new TypeError('a job declares inputs, and nothing reads them');
  const [other] = differencesOf(files.content, config?.['inputs']);
  if (other !== undefined) throw otherDeclared(other.field, 'since the job was accepted');
  return files;
}

const otherDeclared = (path: string, since: string): CabError =>
  new CabError('input_changed', `the declared input ${path} was changed ${since}`, {
    details: { file: path },
  });

/** The stamps of what a run reads. */
interface ReadStamps {
  readonly input: PathStamps;
  readonly code: PathStamps;
  readonly database?: PathStamps;
}

async function stampsOf({ spec, runner, stamps }: ReadByRun): Promise<ReadStamps> {
  const { path, kept } = spec.input;
  const [code, database] = await Promise.all([
    stamps.code(runner),
    hashesDatabase(spec) ? stamps.database(spec.db_path, spec.db_kept === true) : undefined,
  ]);
  const input = kept ? new PathStamps([], [path]) : new PathStamps([path]);
  return { input, code, ...(database && { database }) };
}

const partsOf = ({ input, code, database }: ReadStamps): PathStamps[] =>
  database === undefined ? [input, code] : [input, database, code];

/** The first path whose stamps differ. */
function movedBetween(before: ReadStamps, after: ReadStamps): string | undefined {
  const later = partsOf(after);
  for (const [at, part] of partsOf(before).entries()) {
    const moved = later[at] && part.movedIn(later[at]);
    if (moved !== undefined) return moved;
  }
  return undefined;
}

/** A caller who gives the digest is responsible for it. */
const hashesDatabase = (
  spec: JobSpec,
): spec is JobSpec & { readonly db_path: string; readonly db_hash: string } =>
  spec.db_path !== null && spec.db_hash !== null && !spec.db_hash_given;

/** The key contains the version of the code at acceptance. Other code has another key. */
function refuseOtherCode(
  { runner }: JobSpec,
  { name, version }: RunnerIdentity,
  since: string,
  expected: Json | RunnerIdentity | undefined,
): void {
  if (typeof expected !== 'object' || expected === null || !('version' in expected)) return;
  if (expected['name'] === name && expected.version === version) return;
  throw new CabError('runner_changed', `runner ${name} was changed ${since}`, {
    details: { runner, expected: expected.version, actual: version },
  });
}

async function refuseOtherDatabase(
  spec: JobSpec,
  digest: DigestFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!hashesDatabase(spec)) return;
  const actual = await databaseHash(spec.db_path, digest, signal);
  if (actual === spec.db_hash) return;
  throw new CabError(
    'db_changed',
    `database ${spec.db_path} is not what it was when the job was accepted`,
    { details: { file: spec.db_path, expected: spec.db_hash, actual } },
  );
}

async function refuseOtherInput({
  spec: { input, key },
  isUnfolded,
  hashInput,
  signal,
}: ReadByRun): Promise<void> {
  if ((await isUnfolded?.()) === true) return;
  const actual = await hashNow(input, hashInput, signal);
  if (actual === key.source_hash) return;
  throw new CabError(
    'input_changed',
    `features ${input.path} is not what it was when the job was accepted (${formatKey(key)})`,
    { details: { file: input.path, expected: key.source_hash, actual } },
  );
}

async function hashNow(
  { path, format }: JobInput,
  hashInput: HashInput,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return (await hashInput(path, format, signal)).source_hash;
  } catch (error) {
    if (!isCabError(error, 'input_not_found')) throw error;
    throw new CabError(
      'input_not_found',
      `features ${path} was removed after the job was accepted`,
      { cause: error, details: { file: path } },
    );
  }
}
