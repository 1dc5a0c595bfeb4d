import type { EntryKey } from '../model/key.ts';
import type { FileFacts, LinkFacts, Manifest } from '../model/manifest.ts';
import type { OutputFile } from './runner.ts';

/** A private directory for one attempt. */
export interface Staging {
  /**
   * Absolute path. When it is handed out it holds nothing but the empty directory `entry`. What runs for the attempt is noted
   * at `processNote(dir)`.
   */
  readonly dir: string;
  /** That directory `entry`: where a runner that has no opinion puts its artifact. */
  readonly artifactDir: string;
  /**
   * Removes all that is in the directory; whoever staged it must not look at it again. `isInUse`: a process that could not
   * be ended may still write there, so that nobody else may get the directory. Idempotent. What cannot be
   * removed stays, is told, and is tried again by each sweep; that never rejects.
   */
  discard(isInUse?: boolean): Promise<void>;
}

/** A file of a runner, as it stood when it was copied. */
export interface CopiedFrom {
  readonly path: string;
  /** As `fingerprintOf`. */
  readonly fingerprint: string;
}

/** An entry that is complete, checked and not yet visible. `dir` holds exactly the files of the manifest, in their
 * folders, and the manifest. */
export interface StagedEntry {
  readonly key: EntryKey;
  readonly dir: string;
  readonly artifact: string;
  readonly manifestName: string;
  readonly manifest: Manifest;
  /** Permissions of its files; 0444 where not given. Whoever may read the files may also look into their directory. */
  readonly mode?: number;
  /** What the files were copied from: whoever still writes one of those had not finished it. */
  readonly copiedFrom?: readonly CopiedFrom[];
}

/** What a run left, as its runner answered; nothing of it was looked at yet. Plain data, for it may go to another thread. */
export interface RunOutput {
  readonly job_id: string;
  /** Name of the runner, for messages. */
  readonly runner: string;
  /** `dir` of the staging in which it ran. */
  readonly out_root: string;
  /** Relative to `out_root`, or absolute and anywhere on this machine. */
  readonly artifact: string;
  /** As `artifact`; null where the runner wrote none. */
  readonly manifest: string | null;
  /** Named by the runner; the others are those that lie beside the artifact. */
  readonly files: readonly OutputFile[];
  /** What the manifest of the entry will be called. */
  readonly manifest_name: string;
  /** Files that the run read and that belong to its caller: whom one of them keeps out, the entry keeps out as well. */
  readonly read: readonly string[];
}

/** Makes an entry of what a run left: the look, `copy`, `finish`, each once. Trusts nothing that it has not looked at. */
export interface Gathering {
  /** The folders that lead from `out_root` to the artifact; none where it lies at the top, or elsewhere. */
  readonly folders: readonly string[];
  /** The manifest that the runner wrote itself. */
  readonly manifest: { readonly file: string; readonly bytes: Uint8Array } | null;

  /**
   * Copies the artifact, all that lies beside it, folders included, and the files that the runner named, to where no process
   * of the runner can write any more, and hashes what was copied. Symbolic links are noted. Throws runner_result_invalid for
   * what is neither file nor link, for a link that leads out of the entry, for a name that cannot be kept and for a
   * file that is still written; no_space, io_error; the signal's reason.
   */
  copy(signal: AbortSignal): Promise<GatheredFiles>;

  /** Puts the manifest beside the copies; `bytes` are those of its file. Throws no_space, io_error. */
  finish(key: EntryKey, manifest: Manifest, bytes: Uint8Array): Promise<StagedEntry>;
}

export interface GatheredFiles {
  readonly artifact: FileFacts;
  /** Sorted by path. */
  readonly others: readonly (FileFacts | LinkFacts)[];
}

/** Whether this attempt of a job is running. */
export type IsLive = (job_id: string, attempt: number) => Promise<boolean>;

export interface SweptLeftovers {
  /** Directories of attempts. */
  readonly staging: number;
  /** Files that were on their way to their place. */
  readonly temporary: number;
}

/**
 * Where attempts work on this machine, whatever stores keep what comes of them: a private directory each, in which a
 * runner writes and from which an entry is made, and what is left of attempts whose worker was killed.
 * Implementations join by passing test/contract/workspace.ts.
 */
export interface Workspace {
  /** A fresh directory. What an earlier attempt of the same name left is removed first. */
  stage(job_id: string, attempt: number): Promise<Staging>;

  /** Begins to make an entry of what a run left in such a directory. Throws runner_result_invalid, saying which file and why. */
  gather(output: RunOutput): Promise<Gathering>;

  /** All bytes of the artifact of a staged entry. */
  readStaged(entry: StagedEntry): Promise<Uint8Array>;

  /** Ends what the process note of an attempt names whose worker is gone; to be called before its job runs again. Idempotent. */
  endProcesses(job_id: string, attempt: number): Promise<void>;

  /**
   * Takes away what attempts left that are not live, processes first, and files that were on their way. Safe beside other
   * workers and other sweeps. What cannot be removed is told and passed over: the next sweep tries again.
   */
  sweep(isLive: IsLive): Promise<SweptLeftovers>;

  /** The directories that `sweep` would take away, by name. Touches nothing. */
  list(isLive: IsLive): Promise<readonly string[]>;

  /** Removes what is kept ready for the next attempt. Idempotent. */
  close(): Promise<void>;
}
