import type { DigestFile } from '../model/runner-identity.ts';
import { realpath, stat } from 'node:fs/promises';
import { BoundedCache } from '../../support/bounded-cache.ts';
import { sha256File } from './digest.ts';
import { fingerprintOf, isSettled } from './fingerprint.ts';

/** Keeps digests beyond the process. A digest is valid for a path only with the fingerprint that the file had. */
export interface DigestMemory {
  digest(path: string, fingerprint: string): Promise<string | undefined>;
  rememberDigest(digest: {
    readonly path: string;
    readonly fingerprint: string;
    readonly digest: string;
  }): Promise<void>;
}

/**
 * Digests of files that many jobs share: databases, programs. A file is hashed again only if its fingerprint has changed. The
 * job store, if there is one, keeps the digests beyond the process.
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
