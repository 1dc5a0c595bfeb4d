import type { DigestFile, RunnerIdentity } from '../model/runner-identity.ts';
import type { JsonObject } from '../model/job.ts';
import type { LeftProcess } from '../../support/process/left-running.ts';

/** One call of a runner, with the reference contract's names. Paths are absolute. */
export interface RunnerCall {
  readonly features_path: string;
  /** A private directory on the store's file system; whatever the runner writes belongs here. */
  readonly out_root: string;
  readonly track_id: string | null;
  readonly run_id: string;
  readonly source_hash: string;
  readonly config_hash: string;
  readonly db_path: string | null;
  readonly db_hash: string | null;
  readonly probe_kwargs: JsonObject;
  readonly runner_kwargs: JsonObject;
  /** Where the artifact goes for a runner that has no opinion: `out_root/entry/<name>`; its directory is there. */
  readonly artifact_path: string;
  readonly manifest_path: string;
}

export type OutputStream = 'stdout' | 'stderr';

export interface RunnerProgress {
  /** From 0 to 1; null where the runner cannot tell. */
  readonly fraction: number | null;
  readonly message: string | null;
}

/** A database whose digest the broker made itself. */
export interface HashedDatabase {
  /** SHA-256, hex. */
  readonly digest: string;
  /** As `fingerprintOf`, of the file at the end of all links, when it had this digest. */
  readonly fingerprint: string;
}

/** What the engine lends to a running call. */
export interface RunnerContext {
  /** That of the call. Left out where its digest is the caller's word, or cannot be made. */
  readonly database?: HashedDatabase;
  /** Aborted on cancel and on timeout; `reason` is a CabError with code `canceled` or `timeout`. */
  readonly signal: AbortSignal;
  /** Takes text as the runner wrote it, in pieces of any length. */
  readonly log: (stream: OutputStream, text: string) => void;
  readonly progress: (progress: RunnerProgress) => void;
  /** Processes of the call that could not be ended, or had left all that they could be known by; they may still write. */
  readonly leftRunning?: (left: readonly LeftProcess[]) => void;
  /** What a call that was aborted is given to end, in milliseconds; a runner with processes of its own knows it from its options. */
  readonly killGraceMs?: number;
}

/** Paths on disk; `manifest` null where the engine is to write one. */
export interface RunnerResult {
  readonly artifact: string;
  readonly manifest: string | null;
  /** Outputs that do not lie beside the artifact, and links. Those that lie there are found by themselves. */
  readonly files?: readonly OutputFile[];
}

/** `path` is that within the entry (core/model/entry-path.ts). */
export type OutputFile =
  /** An absolute path of a regular file. */
  | { readonly path: string; readonly from: string }
  /** A symbolic link: its target, relative, within the entry. */
  | { readonly path: string; readonly link: string };

/** What is known of a call before its key is. */
export interface DatabaseQuestion {
  readonly features_path: string;
  readonly track_id: string | null;
  readonly probe_kwargs: JsonObject;
  readonly runner_kwargs: JsonObject;
}

/** The facts that `accept` may look at; nothing has been written yet. */
export interface RunnerInput {
  readonly features_path: string;
  /** What to call the input in messages; its path where nothing is said. Set where it was sent, and lies nowhere yet. */
  readonly features_name?: string;
  /** The bytes, where the engine has them at hand; null for large or raw inputs. */
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
   * Must be cheap the second time; must not start what `run` needs. `digest` remembers the files that it hashed.
   * Throws `runner_not_found` or `runner_invalid`.
   */
  identify(digest?: DigestFile): Promise<RunnerIdentity>;

  /** Absolute paths of the files that the latest `identify` made the version of. Left out if there are none. */
  codeFiles?(): readonly string[];

  /**
   * Of a runner that declares which database it reads: its path, used as if the caller had given it. Null if this call
   * needs none.
   */
  declaredDatabase?(call: DatabaseQuestion): Promise<string | null>;

  /**
   * Loads the runner's code as `run` would, so that one that cannot be loaded or called is refused when a daemon
   * starts, and its first job finds it warm. Throws what `identify` throws. Left out where there is nothing to load.
   */
  prepare?(): Promise<void>;

  /**
   * The probe arguments with the runner's defaults applied, as they enter `config_hash`.
   * Throws `probe_invalid` naming the argument. A runner without defaults returns its argument.
   */
  configure(probe: JsonObject): JsonObject;

  /** Refuses input that can never succeed, before the job is accepted; throws an error of kind `input`. */
  accept(input: RunnerInput): Promise<void>;

  /** `required`: a job whose database cannot be read is refused. Undefined: what a `db_path` is, only the runner judges. */
  readonly database?: 'required';

  /** Names of the call that an entry of `runner_kwargs` would hide; such an entry is refused. None where left out. */
  readonly reservedArguments?: readonly string[];

  /** Top-level fields of a JSON artifact that differ between equal runs (times, ids); they do not count as a difference. */
  readonly volatileFields: readonly string[];

  /**
   * Runs to the end or throws. After `signal` is aborted it must stop all that it started, the whole process
   * tree, and reject with `signal.reason`. Failures are CabErrors (`runner_failed`, or a kind of `input`)
   * whose details hold `runner`, and where known `exit_code`, `signal`, `exception`, `stack`, `last_lines`.
   * May be called again for the same work after a crash: must not rely on what an earlier attempt left.
   */
  run(call: RunnerCall, context: RunnerContext): Promise<RunnerResult>;

  /** Ends warm processes and threads. Idempotent. */
  close(): Promise<void>;
}
