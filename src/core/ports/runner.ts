import type { DigestFile, RunnerIdentity } from '../model/runner/runner-identity.ts';
import type { JsonObject } from '../model/job/job.ts';
import type { LightFile } from './made-entry.ts';
import type { LeftProcess } from '../../support/process/left-running.ts';

/** One call of a runner, with the names of the reference contract. Paths are absolute. */
export interface RunnerCall {
  readonly features_path: string;
  /** A private directory on the store's file system. The runner writes all its files here. */
  readonly out_root: string;
  readonly track_id: string | null;
  readonly run_id: string;
  readonly source_hash: string;
  readonly config_hash: string;
  readonly db_path: string | null;
  readonly db_hash: string | null;
  readonly probe_kwargs: JsonObject;
  readonly runner_kwargs: JsonObject;
  /** The default path of the artifact: `out_root/entry/<name>`. Its directory exists. */
  readonly artifact_path: string;
  readonly manifest_path: string;
}

export type OutputStream = 'stdout' | 'stderr';

export interface RunnerProgress {
  /** From 0 to 1; null if the runner cannot tell. */
  readonly fraction: number | null;
  readonly message: string | null;
}

/** A database whose digest the broker made itself. */
export interface HashedDatabase {
  /** SHA-256, hex. */
  readonly digest: string;
  /** As `fingerprintOf` gave it when the file had this digest. The file is the one at the end of all links. */
  readonly fingerprint: string;
}

/** What the engine gives to a running call. */
export interface RunnerContext {
  /** The database of the call. Left out if its digest was given by the caller, or cannot be made. */
  readonly database?: HashedDatabase;
  /** Variables that the job declares, for the environment of what the runner starts; null: not set. Left out if there are none. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** Aborted on cancel and on timeout; `reason` is a CabError with code `canceled` or `timeout`. */
  readonly signal: AbortSignal;
  /** Takes text as the runner wrote it, in pieces of any length. */
  readonly log: (stream: OutputStream, text: string) => void;
  readonly progress: (progress: RunnerProgress) => void;
  /** Reports processes of the call that could not be ended, or that can no longer be identified. They may still write. */
  readonly leftRunning?: (left: readonly LeftProcess[]) => void;
  /** How many milliseconds an aborted call has to end. A runner with processes of its own knows this from its options. */
  readonly killGraceMs?: number;
}

/** Paths on disk. `manifest` is null if the engine writes the manifest. */
export interface RunnerResult {
  readonly artifact: string;
  readonly manifest: string | null;
  /** Outputs that do not lie beside the artifact, and links. The engine finds the files beside the artifact itself. */
  readonly files?: readonly OutputFile[];
  /** What the runner made, if it is in memory. Then nothing on disk belongs to the result, and `manifest` is null. */
  readonly returned?: Returned;
}

/** The files of a result, in memory. */
export interface Returned {
  /** The artifact first. */
  readonly files: readonly [LightFile, ...LightFile[]];
  /** The content of the runner's own manifest; null if the engine writes the manifest. */
  readonly manifest: Uint8Array | null;
}

/** `path` is the path within the entry (core/model/entry/entry-path.ts). */
export type OutputFile =
  /** An absolute path of a regular file. */
  | { readonly path: string; readonly from: string }
  /** A symbolic link. Its target is relative and within the entry. */
  | { readonly path: string; readonly link: string };

/** What is known of a call before its key is known. */
export interface DatabaseQuestion {
  readonly features_path: string;
  readonly track_id: string | null;
  readonly probe_kwargs: JsonObject;
  readonly runner_kwargs: JsonObject;
}

/** The facts that `accept` may look at. Nothing has been written yet. */
export interface RunnerInput {
  readonly features_path: string;
  /** The name of the input in messages; the default is its path. Set if the input was sent and is in no file yet. */
  readonly features_name?: string;
  /** The bytes, if the engine has them in memory; null for large or raw inputs. */
  readonly features: Uint8Array | null;
  readonly db_path: string | null;
  /** As `configure` returned it. */
  readonly probe: JsonObject;
  readonly runner_kwargs: JsonObject;
}

/**
 * Computes an artifact from an input. One object serves many calls, also at the same time.
 * Contract suite: test/contract/runner.ts.
 */
export interface Runner {
  /**
   * Must be cheap the second time. Must not start what `run` needs. `digest` remembers the digests of files.
   * Throws `runner_not_found` or `runner_invalid`.
   */
  identify(digest?: DigestFile): Promise<RunnerIdentity>;

  /** Absolute paths of the files from which the latest `identify` made the version. Left out if there are none. */
  codeFiles?(): readonly string[];

  /** The database that the runner declares for this call, used as if the caller had named it. Null if it needs none. */
  declaredDatabase?(call: DatabaseQuestion): Promise<string | null>;

  /**
   * Loads the runner's code as `run` would. So a daemon refuses a runner that cannot be loaded when it starts, and the first
   * job finds the code warm. Throws what `identify` throws. Left out if there is nothing to load.
   */
  prepare?(): Promise<void>;

  /**
   * The probe arguments with the runner's defaults applied, as they enter `config_hash`.
   * Throws `probe_invalid` naming the argument. A runner without defaults returns its argument.
   */
  configure(probe: JsonObject): JsonObject;

  /** Refuses input that can never succeed, before the job is accepted. Throws an error of kind `input`. */
  accept(input: RunnerInput): Promise<void>;

  /** `required`: a job whose database cannot be read is refused. Undefined: only the runner knows what a `db_path` means. */
  readonly database?: 'required';

  /** It makes `out_root` and the directory of `artifact_path` itself, if a call needs them. */
  readonly makesPlaces?: true;

  /** Its spec names one job's work, and it keeps nothing warm. A pool that kept it would grow with every job. */
  readonly isForOneJob?: true;

  /** Names that a member of `runner_kwargs` would hide; a job with such a member is refused. Left out if there are none. */
  readonly reservedArguments?: readonly string[];

  /** Top-level fields of a JSON artifact that differ between equal runs (times, ids). They do not count as a difference. */
  readonly volatileFields: readonly string[];

  /**
   * Runs to the end or throws. After `signal` is aborted it must stop all that it started, the whole process tree, and reject
   * with `signal.reason`. Failures are CabErrors (`runner_failed`, or a kind of `input`). Their details hold `runner` and, if
   * known, `exit_code`, `signal`, `exception`, `stack`, `last_lines`. May be called again for the same work after a crash: must
   * not rely on what an earlier attempt left.
   */
  run(call: RunnerCall, context: RunnerContext): Promise<RunnerResult>;

  /** Ends warm processes and threads. Idempotent. */
  close(): Promise<void>;
}
