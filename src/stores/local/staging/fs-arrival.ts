import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arrival, ArrivedEntry, StagedEntry } from '../../../core/ports/workspace.ts';
import { ArrivingFiles } from '../../../support/files/arriving-files.ts';
import { makeDirectory } from '../../../support/files/durable.ts';
import { ownName } from '../../../support/files/idle-place.ts';
import { guarded } from '../../../support/files/io-error.ts';
import type { TellStuck } from '../../../support/files/stuck.ts';
import { entryMode } from '../entries/entry-mode.ts';

const doing = 'an entry that arrives';

/** `.cab/staging/arriving.<pid>.<started>.…/`: files by digest, and at the end `entry/`, which becomes the entry. */
export class FsArrival extends ArrivingFiles implements Arrival {
  static make(home: string, tell: TellStuck): Promise<FsArrival> {
    return guarded(doing, async () => {
      await makeDirectory(home);
      const dir = join(home, ownName('arriving'));
      await mkdir(dir, { mode: 0o700 });
      return new FsArrival(dir, tell);
    });
  }

  finish({ bytes, files, ...entry }: ArrivedEntry): Promise<StagedEntry> {
    return guarded(doing, async () => {
      const dir = await this.place({ ...entry, bytes, files });
      return { ...entry, dir, mode: entryMode([], statSync(join(dir, entry.manifestName))) };
    });
  }
}
