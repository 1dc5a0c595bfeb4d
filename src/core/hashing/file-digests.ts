import type { DigestFile } from '../model/runner-identity.ts';
import { realpath, stat } from 'node:fs/promises';
import { BoundedCache } from '../../support/bounded-cache.ts';
import { sha256File } from './digest.ts';
import { fingerprintOf, isSettled } from './fingerprint.ts';

/** Keeps digests beyond the process. A digest holds for a path only together with the fingerprint it was made at. */
export interface DigestMemory {
  digest(path: string, fingerprint: string): Promise<string | undefined>;
  rememberDigest(digest: {
    readonly path: string;
    readonly fingerprint: string;
    readonly digest: string;
  }): Promise<void>;
}

/**
 * Digests of files that many jobs have in common: databases, programs. A file is hashed again only after its fingerprint
 * changed. What is known outlives the process in the job store, if there is one.
 */
export function digestsIn(store?: DigestMemory): DigestFile {
  return async (path, signal) => {
    const real = await realpath(path);
    const lookedAt = Date.now();
    const stats = await stat(real, { bigint: true });
    const fingerprint = fingerprintOf(stats);
    const here = known.get(real);
    if (here?.fingerprint === fingerprint) return here.digest;
    const stored = await store?.digest(real, fingerprint);
    if (stored !== undefined) return keep(real, fingerprint, stored);
    const digest = await sha256File(real, signal);
    const after = fingerprintOf(await stat(real, { bigint: true }));
    if (after !== fingerprint || !isSettled(stats, lookedAt)) return digest;
    await store?.rememberDigest({ path: real, fingerprint, digest });
    return keep(real, fingerprint, digest);
  };
}

function keep(path: string, fingerprint: string, digest: string): string {
  known.set(path, { fingerprint, digest });
  return digest;
}

interface KnownDigest {
  readonly fingerprint: string;
  readonly digest: string;
}

/** By the path without links. */
const known = new BoundedCache<KnownDigest>({ capacity: 1024, weigh: () => 1 });
