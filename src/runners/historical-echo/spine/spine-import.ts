import { existsSync } from 'node:fs';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeDirectory } from '../../../support/files/durable.ts';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import { outputError } from '../../../support/files/output-error.ts';
import { openSqlite } from '../../../support/sqlite/sqlite.ts';
import { slugOf } from '../artifact/slug.ts';
import { type CsvRow, type CsvSong, readSongs } from './songs-csv.ts';
import { namingTheFile } from './spine-database.ts';
import { requireSqlite } from './spine-file.ts';
import { type Tier, type TierLabel, tierOf } from '../artifact/tiers.ts';
import { tierWriter } from '../artifact/tier-writer.ts';

export interface SpineImport {
  readonly csv: string;
  readonly out: string;
  readonly tier: TierLabel;
  readonly signal?: AbortSignal;
  /** Called now and then. Bytes are those of the CSV. */
  readonly onProgress?: (progress: SpineImportProgress) => void;
}

export interface SpineImportProgress {
  readonly rows: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface SpineImportReport {
  readonly table: string;
  /** All rows of the CSV, imported and bad. */
  readonly rows: number;
  readonly imported: number;
  /** Imported songs whose artist and title came before. A probe takes the first one within its years. */
  readonly duplicates: number;
  readonly badCount: number;
  /** The first hundred bad rows. */
  readonly bad: readonly BadRow[];
}

export interface BadRow {
  readonly line: number;
  readonly reason: string;
}

/**
 * Builds a spine from a CSV. If the spine exists, replaces one tier and keeps the others. `out` stays as it was until
 * the new spine is complete and on disk.
 * @throws CabError input_not_found, input_unreadable, csv_invalid, spine_invalid, no_space, io_error, usage;
 * `signal.reason` if aborted
 */
export async function importSpine(request: SpineImport): Promise<SpineImportReport> {
  const out = resolve(request.out);
  const totalBytes = await sizeOf(request.csv);
  const draft = join(dirname(out), `.${basename(out)}.${process.pid}.tmp`);
  try {
    await makeDirectory(dirname(out));
    // Made here, because SQLite would not say why it cannot make a file.
    await writeFile(draft, '');
    if (existsSync(out)) await copySpine(out, draft);
    const report = await fillTier(draft, request, totalBytes);
    if (report.imported === 0) throw nothingToImport(request.csv, report);
    await replace(draft, out);
    return report;
  } catch (error) {
    throw outputError(error, request.out);
  } finally {
    // If the disk was full during the copy, a journal stays.
    for (const path of [draft, `${draft}-journal`]) await rm(path, { force: true });
  }
}

function nothingToImport(csv: string, { bad, badCount }: SpineImportReport): CabError {
  const [first] = bad;
  const why = first === undefined ? 'no rows' : `line ${first.line}: ${first.reason}`;
  return new CabError('csv_invalid', `${csv} holds no song (${why})`, {
    hint: 'Correct the rows that are named.',
    details: { file: csv, bad, badCount },
  });
}

async function sizeOf(csv: string): Promise<number> {
  try {
    return (await stat(csv)).size;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new CabError('input_not_found', `${csv}: there is no such file`, {
      hint: 'Check the path.',
      details: { file: csv },
      cause: error,
    });
  }
}

async function copySpine(out: string, draft: string): Promise<void> {
  await requireSqlite(out);
  namingTheFile(out, () => {
    // Not read-only: the last connection that may write removes the log when it closes.
    const source = openSqlite(out);
    try {
      source.prepare('VACUUM INTO ?').run(draft);
    } finally {
      source.close();
    }
  });
  // SQLite would apply a log that lies beside the old file to the new one.
  for (const rest of [`${out}-wal`, `${out}-journal`])
    if (existsSync(rest))
      throw new CabError('spine_invalid', `${out} is in use: ${rest} stands beside it`, {
        hint: 'Close the program that writes to it, then import again.',
        details: { db: out },
      });
}

async function fillTier(
  draft: string,
  request: SpineImport,
  totalBytes: number,
): Promise<SpineImportReport> {
  const tier = tierOf(request.tier);
  const database = openSqlite(draft);
  try {
    // The draft is synced as a whole at the end, and deleted if anything fails before.
    database.pragma('journal_mode = OFF');
    database.pragma('synchronous = OFF');
    const write = tierWriter(database, request.out, tier, basename(request.csv));
    database.exec('BEGIN');
    const report = await importRows(request, totalBytes, tier, write);
    database.exec('COMMIT');
    return report;
  } finally {
    database.close();
  }
}

async function importRows(
  { csv, signal, onProgress }: SpineImport,
  totalBytes: number,
  { table }: Tier,
  write: (song: CsvSong) => void,
): Promise<SpineImportReport> {
  const tally = new Tally();
  let bytes = 0;
  for await (const row of readSongs(csv, (read) => (bytes = read))) {
    signal?.throwIfAborted();
    tally.add(row);
    if ('song' in row) write(row.song);
    if (tally.rows % 1000 === 0) onProgress?.({ rows: tally.rows, bytes, totalBytes });
  }
  onProgress?.({ rows: tally.rows, bytes: totalBytes, totalBytes });
  return tally.report(table);
}

const keptBad = 100;

class Tally {
  rows = 0;
  #duplicates = 0;
  #badCount = 0;
  readonly #bad: BadRow[] = [];
  readonly #slugs = new Set<string>();

  add(row: CsvRow): void {
    this.rows += 1;
    if ('song' in row) {
      const slug = slugOf(row.song.artist, row.song.title);
      if (this.#slugs.has(slug)) this.#duplicates += 1;
      this.#slugs.add(slug);
      return;
    }
    this.#badCount += 1;
    if (this.#bad.length < keptBad) this.#bad.push(row);
  }

  report(table: string): SpineImportReport {
    return {
      table,
      rows: this.rows,
      imported: this.rows - this.#badCount,
      duplicates: this.#duplicates,
      badCount: this.#badCount,
      bad: this.#bad,
    };
  }
}

async function replace(draft: string, out: string): Promise<void> {
  await flush(draft);
  await rename(draft, out);
  await flush(dirname(out));
}

async function flush(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
