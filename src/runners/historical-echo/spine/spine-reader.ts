import { realpathSync, statSync } from 'node:fs';
import { fingerprintOf, isSettled } from '../../../core/hashing/fingerprint.ts';
import { refuseBusy } from '../../../core/hashing/database-file.ts';
import { errnoOf } from '../../../core/model/errors.ts';
import type { ArtifactValue } from '../artifact/artifact-json.ts';
import type { Columns } from '../columns/columns.ts';
import type { Question } from '../compute.ts';
import { probeSpine } from '../probe.ts';
import type { ColumnsOf } from '../thread-messages.ts';
import { type LoadListener, SpineCache } from './spine-cache.ts';

/** Answers calls from the database itself, and keeps the columns of what it read. */
export class SpineReader {
  readonly #spines = new SpineCache();
  readonly #columns: Columns;
  readonly #listener: LoadListener;

  constructor(columns: Columns, listener: LoadListener) {
    this.#columns = columns;
    this.#listener = listener;
  }

  /** @throws CabError spine_not_found, spine_invalid, db_busy */
  async probe(question: Question, of: ColumnsOf | null): Promise<Record<string, ArtifactValue>> {
    const { features, probe, query, path } = question;
    const before = of === null ? undefined : settled(path);
    let reads = 0;
    const spine = this.#spines.get(path, query, {
      loading: (file, rows) => this.#listener.loading(file, rows),
      loaded: (file, rows) => {
        reads += 1;
        this.#listener.loaded(file, rows);
      },
    });
    const found = probeSpine(features, spine, probe);
    // A name stands for the content of the database with that digest. So the file must be unchanged from before it
    // was opened until it was read.
    if (
      of !== null &&
      reads > 0 &&
      before === of.database.fingerprint &&
      before === settled(path)
    ) {
      refuseBusy(path);
      if (await this.#columns.keep(spine, query, of)) this.#spines.forget(spine);
    }
    return found;
  }
}

/** The fingerprint of a file that cannot have changed unnoticed; undefined if it may have changed just now. */
function settled(path: string): string | undefined {
  try {
    const now = Date.now();
    const stats = statSync(realpathSync.native(path), { bigint: true });
    return isSettled(stats, now) ? fingerprintOf(stats) : undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
