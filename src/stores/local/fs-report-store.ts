/**
 * The last reports of a root: `.cab/last-verify.json` and `.cab/last-gc.json`, each a JSON document that replaces the one
 * before. A crash leaves the old one or the new one.
 */
import { existsSync } from 'node:fs';
import type * as z from 'zod/mini';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import {
  lastCheckSchema,
  lastCollectionSchema,
  type LastCheck,
  type LastCollection,
} from '../../core/model/report/last-reports.ts';
import type { ReportStore } from '../../core/ports/maintenance/report-store.ts';
import { syncDirectory } from '../../support/files/durable.ts';
import { readRegular } from '../../support/files/read-regular.ts';
import { writeThrough } from '../../support/files/temporary.ts';
import type { Layout } from './layout.ts';

export class FsReportStore implements ReportStore {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  lastCheck(): Promise<LastCheck | undefined> {
    return read(this.#layout.lastCheck, lastCheckSchema);
  }

  lastCollection(): Promise<LastCollection | undefined> {
    return read(this.#layout.lastCollection, lastCollectionSchema);
  }

  keepCheck(last: LastCheck): Promise<void> {
    return this.#keep(this.#layout.lastCheck, last);
  }

  keepCollection(last: LastCollection): Promise<void> {
    return this.#keep(this.#layout.lastCollection, last);
  }

  async #keep(file: string, report: object): Promise<void> {
    if (!existsSync(this.#layout.private)) return;
    try {
      await writeThrough(this.#layout, file, `${JSON.stringify(report)}\n`);
      await syncDirectory(this.#layout.private);
    } catch (error) {
      if (errnoOf(error) === undefined && !(error instanceof CabError)) throw error;
    }
  }
}

async function read<T>(file: string, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  try {
    const text = (await readRegular(file)).toString('utf8');
    return schema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
