/** Kinds of job, as cab.config.json names them under `jobs`: a command, or a runner with its usual arguments. */
import type { JsonObject } from '../../core/model/job/job.ts';

/** What a job of the kind has, unless its submission says something else. */
interface JobDefaults {
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  /** Further attempts after a failure of the runner. */
  readonly retries?: number | undefined;
  readonly priority?: number | undefined;
  /** Labels that a worker must have to take it. */
  readonly needs?: readonly string[] | undefined;
  /** The most jobs of the kind that one process runs at a time. */
  readonly concurrency?: number | undefined;
  /** Files, folders and patterns that are read; relative to the folder of the configuration file. */
  readonly inputs: readonly string[];
  /** `NAME` or `NAME=VALUE`. */
  readonly env: readonly string[];
}

/** A command with its inputs and outputs: a recipe of `cab run`. */
export interface CommandKind extends JobDefaults {
  /** The words; or one line for /bin/sh. */
  readonly command: string | readonly string[];
  readonly outputs: readonly string[];
  /** False: what `.gitignore` leaves out of an input folder counts as well. */
  readonly ignore?: boolean | undefined;
  readonly sandbox?: boolean | undefined;
  readonly network?: boolean | undefined;
}

/** A runner that gets a features file. */
export interface RunnerKind extends JobDefaults {
  /** A spec as for `--runner`. */
  readonly runner: string;
  readonly args: JsonObject;
  readonly probe: JsonObject;
  /** Relative to the folder of the configuration file. */
  readonly db?: string | undefined;
}

export type JobKind = CommandKind | RunnerKind;

export const isCommand = (kind: JobKind): kind is CommandKind => 'command' in kind;

/** Kinds by name, and the file that names them. */
export interface KindsFile {
  /** Absolute. Its folder is where commands run, and where relative paths begin. */
  readonly path: string;
  readonly kinds: ReadonlyMap<string, JobKind>;
}

export interface KindsOptions {
  readonly file: KindsFile;
  /** Of the store. Absolute. */
  readonly root: string;
  /** Where a relative `features_path` begins. */
  readonly cwd: string;
  /** Variables that a kind declares, and its request does not set, are taken from here. */
  readonly env: NodeJS.ProcessEnv;
}
