import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import type {
  Candidate,
  Collection,
  Evidence,
  Haul,
  Taking,
  Trash,
} from '../../../core/ports/maintenance/trash.ts';
import { rootError } from '../../../support/files/io-error.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { explained, type Stuck } from '../../../support/files/stuck.ts';
import { noteIn } from '../evidence-note.ts';
import type { Layout } from '../layout.ts';
import { pagesOf } from '../../../support/pages.ts';
import type { PinStore } from '../../../core/ports/maintenance/pin-store.ts';
import { Pins } from '../pins.ts';
import { isOfTheDisk, stampName, type TrashDirectory } from './trash-directory.ts';

export interface FsTrashParts {
  readonly layout: Layout;
  readonly directory: TrashDirectory;
}

/** Moves entries to the trash for one run of garbage collection, and deletes them after their grace. */
export class FsTrash implements Trash {
  readonly #parts: FsTrashParts;
  readonly #pins: PinStore;
  readonly #collection: Collection;
  /** The stamp of this garbage collection. */
  readonly #stamp: string;

  constructor(parts: FsTrashParts, collection: Collection) {
    this.#parts = parts;
    this.#pins = new Pins(parts.layout);
    this.#collection = collection;
    this.#stamp = stampName(collection.now);
  }

  async take({ key, modified }: Candidate): Promise<Taking> {
    const { layout, directory } = this.#parts;
    if (await this.#pins.has(key)) return 'kept';
    const stats = lstatSync(layout.entry(key), { throwIfNoEntry: false });
    if (stats === undefined) return 'gone';
    if (stats.mtimeMs !== modified) return 'kept';
    try {
      return directory.take(this.#stamp, key) === 'moved' ? 'taken' : 'gone';
    } catch (error) {
      const errno = errnoOf(error);
      // The disk as a whole fails, so another entry would fail as well.
      if (errno === undefined || isOfTheDisk(errno))
        throw rootError(error, `moving entry ${formatKey(key)} to the trash`);
      return { refused: errno };
    }
  }

  async absolve(key: EntryKey): Promise<boolean> {
    return this.#putBack(this.#stamp, key);
  }

  async hauls(): Promise<readonly Haul[]> {
    return this.#parts.directory.stamps();
  }

  entriesOf(haul: Haul): AsyncIterable<readonly EntryKey[]> {
    return pagesOf(this.#parts.directory.entriesOf(haul));
  }

  async putBack({ id }: Haul, key: EntryKey): Promise<boolean> {
    return this.#putBack(id, key);
  }

  async restamp({ id }: Haul): Promise<void> {
    this.#isMoved(this.#parts.directory.rename(id, stampName(this.#collection.now)));
  }

  async doom({ id }: Haul): Promise<void> {
    this.#isMoved(this.#parts.directory.doom(id));
  }

  /** The name of evidence begins with the time at which it was set aside. */
  async evidence(): Promise<readonly Evidence[]> {
    const names = await namesIn(this.#parts.layout.quarantine);
    const isNote = noteIn(names);
    return names.map((id) => {
      const time = /^(\d{13})-/.exec(id)?.[1];
      return { id, at: time === undefined ? undefined : Number(time), isNote: isNote(id) };
    });
  }

  async discard({ id }: Evidence): Promise<boolean> {
    const { layout, directory } = this.#parts;
    const name = `${stampName(this.#collection.now)}-${id.slice(0, 32)}`;
    return this.#isMoved(directory.discard(join(layout.quarantine, id), name));
  }

  async *empty(): AsyncGenerator<number> {
    for await (const steps of pagesOf(this.#parts.directory.empty(), filesAtATime)) {
      for (const step of steps) if (typeof step !== 'string') this.#tell(step);
      yield steps.length;
    }
  }

  #putBack(stamp: string, key: EntryKey): boolean {
    const result = this.#parts.directory.putBack(stamp, key);
    if (typeof result === 'boolean') return result;
    this.#tell(result);
    return false;
  }

  /** If it went in the meantime, it counts as moved. */
  #isMoved(result: 'moved' | 'gone' | Stuck): boolean {
    if (typeof result === 'string') return true;
    this.#tell(result);
    return false;
  }

  #tell(stuck: Stuck): void {
    this.#collection.tell(explained(stuck));
  }
}

/** Fewer than in other pages, because removing a file takes longer than looking at one. */
const filesAtATime = 16;
