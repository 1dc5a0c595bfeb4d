import type { EntryKey } from '../model/entry/key.ts';
import type { FileFacts, LinkFacts, Manifest } from '../model/entry/manifest.ts';
import type { LightEntry, MadeEntry } from './made-entry.ts';
import type { OutputFile, Returned } from './runner.ts';

/** A private directory for one attempt. */
export interface Staging {
  /**
   * Absolute path. At first the directory holds nothing but the empty directory `entry`. The processes of the attempt are noted
   * at `processNote(dir)`.
   */
  readonly dir: string;
  /** The directory `entry`: the default place of the artifact. */
  readonly artifactDir: string;
  /**
   * Removes everything in the directory; the caller must not use it afterwards. `isInUse`: a process that could not be ended
   * may still write there, so nobody else may get the directory. Idempotent. Never rejects: what cannot be removed stays, is
   * reported, and each sweep tries again.
   */
  discard(isInUse?: boolean): Promise<void>;
}

/** An entry in a directory, which holds exactly the manifest and its files, in folders. */
export interface StagedEntry extends MadeEntry {
  readonly dir: string;
  /** Permissions of its files; the default is 0444. Users who may read the files may also list their directory. */
  readonly mode?: number;
}

/** What a run left, as its runner answered. Nothing of it was checked yet. Plain data, because it may go to another thread. */
export interface RunOutput {
  readonly job_id: string;
  /** Name of the runner, for messages. */
  readonly runner: string;
  /** `dir` of the staging directory in which it ran. */
  readonly out_root: string;
  /** Relative to `out_root`, or absolute and anywhere on this machine. */
  readonly artifact: string;
  /** As `artifact`; null if the runner wrote none. */
  readonly manifest: string | null;
  /** As `RunnerResult`. Then nothing was left on disk. */
  readonly returned?: Returned;
  /** Files that the runner named. The other files lie beside the artifact. */
  readonly files: readonly OutputFile[];
  /** The name of the entry's manifest. */
  readonly manifest_name: string;
  /**
   * Files that the run read and that belong to its caller. A user who may not read one of them may not read the entry either.
   */
  readonly read: readonly string[];
}

/**
 * Makes an entry from what a run left. `Workspace.gather` checks the output; then `copy` and `finish` are called, once each.
 * Uses nothing that was not checked.
 */
export interface Gathering {
  /** The folders that lead from `out_root` to the artifact; empty if it lies at the top, or elsewhere. */
  readonly folders: readonly string[];
  /** The manifest that the runner made itself. `file` names it in messages. */
  readonly manifest: { readonly file: string; readonly bytes: Uint8Array } | null;

  /**
   * Copies the artifact, everything beside it (folders included) and the files that the runner named, to a place where no
   * process of the runner can write any more. Hashes what was copied. Notes symbolic links. Throws runner_result_invalid for
   * anything that is neither file nor link, a link that leads out of the entry, a name that cannot be kept, and a file that is
   * still written; no_space, io_error; the signal's reason.
   */
  copy(signal: AbortSignal): Promise<GatheredFiles>;

  /**
   * As `copy`, but reads the files into memory. Undefined if they weigh more than `most` together (`weightOf`); nothing was copied then.
   * Left out if this workspace makes no entries in memory.
   */
  readSmall?(most: number): Promise<SmallOutput | undefined>;

  /** Puts the manifest beside the copies; `bytes` is the content of its file. Throws no_space, io_error. */
  finish(key: EntryKey, manifest: Manifest, bytes: Uint8Array): Promise<StagedEntry>;
}

export interface GatheredFiles {
  readonly artifact: FileFacts;
  /** Sorted by path. */
  readonly others: readonly (FileFacts | LinkFacts)[];
}

export interface SmallOutput extends GatheredFiles {
  /** As that of `Gathering`. */
  finish(key: EntryKey, manifest: Manifest, bytes: Uint8Array): LightEntry;
}

/** A file of an entry that comes from another machine, as the sender describes it. */
export interface ArrivingFile {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** `kept`: the bytes are what was described. Otherwise nothing of them stays. */
export type ArrivalOutcome = 'kept' | 'too long' | 'too short' | 'other bytes';

/** An entry whose files are all here. */
export interface ArrivedEntry {
  readonly key: EntryKey;
  readonly artifact: string;
  readonly manifestName: string;
  readonly manifest: Manifest;
  /** The content of the manifest's file. */
  readonly bytes: Uint8Array;
  /** Paths within the entry, all safe, and the digest of each file. */
  readonly files: readonly Pick<FileFacts, 'path' | 'sha256'>[];
}

/**
 * The files of one entry that comes from another machine, by digest, until the manifest that names them has come. Several files
 * may come at the same time, also the same one twice. Nobody else writes there, so what was kept is what is published.
 */
export interface Arrival {
  /** Whether a file with this digest was kept. */
  has(sha256: string): boolean;

  /**
   * Keeps a file. Hashes it on the way, and reads no more bytes than its size. Throws no_space, io_error, root_unwritable, the
   * signal's reason, and what reading the bytes throws; then nothing of the file stays.
   */
  keep(
    file: ArrivingFile,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<ArrivalOutcome>;

  /**
   * Puts the files in their places, and the manifest beside them. Every file must have been kept. May be called once; nothing can
   * be kept afterwards. Throws no_space, io_error, root_unwritable.
   */
  finish(entry: ArrivedEntry): Promise<StagedEntry>;

  /** Removes what is left. Idempotent, and never rejects, as that of `Staging`. */
  discard(): Promise<void>;
}

/** Whether this attempt of a job is running. */
export type IsLive = (job_id: string, attempt: number) => Promise<boolean>;

export interface SweptLeftovers {
  /** Directories of attempts. */
  readonly staging: number;
  /** Files that were not yet moved to their place. */
  readonly temporary: number;
}

/**
 * Where attempts work on this machine, whichever stores keep the results. Each attempt has a private directory: the runner
 * writes there, and the entry is made from it. A sweep cleans up after attempts whose worker was killed.
 * Contract suite: test/contract/workspace.ts.
 */
export interface Workspace {
  /**
   * An empty directory. What an earlier attempt of the same name left is removed first. `isLazy`: it may not be there; then the
   * caller makes it, with `entry` in it, if it needs it. Its parent is there.
   */
  stage(job_id: string, attempt: number, isLazy?: boolean): Promise<Staging>;

  /** Starts to make an entry from what a run left. Throws runner_result_invalid, naming the file and the reason. */
  gather(output: RunOutput): Promise<Gathering>;

  /** An empty place for an entry that comes from another machine. A sweep removes it when this process is gone. */
  arrive(): Promise<Arrival>;

  /** All bytes of the artifact of a staged entry. */
  readStaged(entry: StagedEntry): Promise<Uint8Array>;

  /**
   * Ends the processes that the process note of an attempt names, if the attempt's worker is gone. Must be called before its
   * job runs again. Idempotent.
   */
  endProcesses(job_id: string, attempt: number): Promise<void>;

  /**
   * Removes what attempts that are not live left: first their processes, then their files. Safe beside other workers and other
   * sweeps. What cannot be removed is reported and skipped: the next sweep tries again.
   */
  sweep(isLive: IsLive): Promise<SweptLeftovers>;

  /** The directories that `sweep` would remove, by name. Changes nothing. */
  list(isLive: IsLive): Promise<readonly string[]>;

  /** Removes what is kept ready for the next attempt. Idempotent. */
  close(): Promise<void>;
}
