/** Remembers manifests that were parsed: opening each file of an entry reads its manifest, which may list ten thousand inputs. */
import { fingerprintOf, isSettled } from '../../../core/hashing/fingerprint.ts';
import type { Manifest } from '../../../core/model/entry/manifest.ts';
import { BoundedCache } from '../../../support/bounded-cache.ts';
import type { ReadManifest } from './entry-files.ts';
import { lookAt } from './held-file.ts';

interface Parsed {
  readonly manifest: Manifest;
  readonly fingerprint: string;
  /** Bytes. */
  readonly size: number;
}

export class ParsedManifests {
  readonly #known = new BoundedCache<Parsed>({
    capacity: 16 << 20,
    // A parsed value takes about three times the size of its text.
    weigh: ({ size }) => 3 * size + 512,
  });

  /** What `read` gives for the file, or gave while the file was the same. */
  async of(file: string, read: ReadManifest): Promise<Manifest | undefined> {
    const lookedAt = Date.now();
    const stats = lookAt(file);
    // Read all the same: the error says what is wrong with it.
    if (stats?.isFile() !== true) return read(file);
    const fingerprint = fingerprintOf(stats);
    const known = this.#known.get(file);
    if (known?.fingerprint === fingerprint) return known.manifest;
    const manifest = await read(file);
    const after = lookAt(file);
    const isSame = after !== undefined && fingerprintOf(after) === fingerprint;
    if (manifest !== undefined && isSame && isSettled(stats, lookedAt))
      this.#known.set(file, { manifest, fingerprint, size: Number(stats.size) });
    return manifest;
  }
}
