/** A file's digest, remembered under what `stat` says of the file. */
export interface RememberedDigest {
  /** Absolute, without links. */
  readonly path: string;
  /** As `fingerprintOf`. */
  readonly fingerprint: string;
  readonly digest: string;
}

/** Keeps digests beyond the process. A digest is valid for a path only with the fingerprint that the file had. */
export interface DigestMemory {
  /** The digests that these files had with these fingerprints, in their order; undefined for each that is not known. */
  digests(
    files: readonly Pick<RememberedDigest, 'path' | 'fingerprint'>[],
  ): Promise<readonly (string | undefined)[]>;
  /** Keeps the latest digest of each path. May be lost in a crash: then the file is hashed again. */
  rememberDigests(digests: readonly RememberedDigest[]): Promise<void>;
}
