import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheBounds, CachedFiles } from '../../../core/ports/cached-files.ts';
import type { TellStays } from '../../../core/ports/trash.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { explained } from '../../../support/files/stuck.ts';
import type { Layout } from '../layout.ts';
import { removed } from './fs-kept-inputs.ts';

/**
 * Trims `.cab/cache/`. Each use of a file there sets its mtime. A process that has a removed file open can still
 * read it.
 */
export class FsCachedFiles implements CachedFiles {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async trim(bounds: CacheBounds, dryRun: boolean, tell: TellStays): Promise<number> {
    const files = await this.#files();
    let bytes = 0;
    let gone = 0;
    for (const { path, used, size } of files.sort((one, other) => other.used - one.used)) {
      bytes += size;
      if (used >= bounds.before && bytes <= bounds.bytes) continue;
      // A removed file leaves room for older ones.
      bytes -= size;
      const stuck = dryRun ? undefined : removed(path);
      if (stuck === undefined) gone += 1;
      else tell(explained(stuck));
    }
    return gone;
  }

  async #files() {
    // If a link stands in place of the directory, it leads out of the root.
    if (lstatSync(this.#layout.cache, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    return (await namesIn(this.#layout.cache)).flatMap((name) => {
      const path = join(this.#layout.cache, name);
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined || stats.isDirectory()) return [];
      return [{ path, used: stats.mtimeMs, size: stats.size }];
    });
  }
}
