/**
 * How a runner reads its input: `json`, hashed in canonical form and refused if it is none; `bytes`, hashed as they lie;
 * `any`, JSON if it is a file named `*.json` or was sent as text, else bytes.
 */
export type InputFormat = 'json' | 'bytes' | 'any';

/** What names a runner's work, known without starting it; all of it goes into `config_hash`. */
export interface RunnerIdentity {
  /** The same on every machine: never an absolute path. */
  readonly name: string;
  /** Changes whenever the results may; where the author gives none, a digest of the code. */
  readonly version: string;
  readonly artifactSchema: string | null;
  readonly manifestSchema: string | null;
  /** How it reads its input; `any` if it does not say. It decides the source hash. */
  readonly inputFormat?: InputFormat | undefined;
  /** The name of its artifacts, if the caller gives none; `output` if it does not say. */
  readonly artifactName?: string | undefined;
}

/** SHA-256 of a file, 64 hex digits. Throws the system's error, and the signal's reason. */
export type DigestFile = (path: string, signal?: AbortSignal) => Promise<string>;
