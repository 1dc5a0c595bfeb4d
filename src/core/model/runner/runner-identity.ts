/**
 * How a runner reads its input. `json`: hashed in canonical form, refused if it is not JSON. `bytes`: hashed as it is. `any`:
 * JSON if the file is named `*.json` or was sent as text, else bytes.
 */
export type InputFormat = 'json' | 'bytes' | 'any';

/** What identifies a runner's work, known without starting the runner. All of it is part of `config_hash`. */
export interface RunnerIdentity {
  /** The same on every machine: never an absolute path. */
  readonly name: string;
  /** Changes if the results may change. If the author gives none, it is a digest of the code. */
  readonly version: string;
  readonly artifactSchema: string | null;
  readonly manifestSchema: string | null;
  /** How it reads its input, which decides the source hash. The default is `any`. */
  readonly inputFormat?: InputFormat | undefined;
  /** The name of its artifacts, if the caller gives none. The default is `output`. */
  readonly artifactName?: string | undefined;
}

/** SHA-256 of a file, 64 hex digits. Throws the system's error, and the signal's reason. */
export type DigestFile = (path: string, signal?: AbortSignal) => Promise<string>;
