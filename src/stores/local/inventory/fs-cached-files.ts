import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheBounds, CachedFiles } from '../../../core/ports/cached-files.ts';
import type { TellStays } from '../../../core/ports/trash.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { explained } from '../../../support/files/stuck.ts';
import type { Layout } from '../layout.ts';
import { removed } from './fs-kept-inputs.ts';

/** `.cab/cache/`: whoever uses a file there sets its time. A file that is open when it goes can be read on. */
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
      // What goes makes room for what was used before it.
      bytes -= size;
      const stuck = dryRun ? undefined : removed(path);
      if (stuck === undefined) gone += 1;
      else tell(explained(stuck));
    }
    return gone;
  }

  async #files() {
    // A link in the place of the directory leads out of the root.
    if (lstatSync(this.#layout.cache, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    return (await namesIn(this.#layout.cache)).flatMap((name) => {
      const path = join(this.#layout.cache, name);
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined || stats.isDirectory()) return [];
      return [{ path, used: stats.mtimeMs, size: stats.size }];
    });
  }
}
