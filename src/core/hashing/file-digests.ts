import type { DigestMemory } from '../model/request/digest-memory.ts';
import type { DigestFile } from '../model/runner/runner-identity.ts';
import { realpath, stat } from 'node:fs/promises';
import { BoundedCache } from '../../support/bounded-cache.ts';
import { sha256File } from './digest.ts';
import { fingerprintOf, isSettled } from './fingerprint.ts';

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
    const [stored] = (await store?.digests([{ path: real, fingerprint }])) ?? [];
    if (stored !== undefined) return keep(real, fingerprint, stored);
    const settled = isSettled(stats, lookedAt);
    // Many jobs that are submitted together name one database.
    const digest = settled
      ? await hashedOnce(real, fingerprint, signal)
      : await sha256File(real, signal);
    const after = fingerprintOf(await stat(real, { bigint: true }));
    if (after !== fingerprint || !settled) return digest;
    if (known.get(real)?.fingerprint === fingerprint) return digest;
    keep(real, fingerprint, digest);
    await store?.rememberDigests([{ path: real, fingerprint, digest }]);
    return digest;
  };
}

const underWay = new Map<string, Promise<string>>();

/** A caller that comes while the file is being hashed gets the digest of that reading. */
async function hashedOnce(
  path: string,
  fingerprint: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = `${fingerprint} ${path}`;
  const others = await underWay.get(name)?.catch(() => undefined);
  if (others !== undefined) return others;
  // It may have been ended by the signal of the job that began it. Then this one begins, and tells its own errors.
  const hashing = sha256File(path, signal);
  underWay.set(name, hashing);
  try {
    return await hashing;
  } finally {
    if (underWay.get(name) === hashing) underWay.delete(name);
  }
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
