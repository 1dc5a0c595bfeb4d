import { lstatSync } from 'node:fs';
import { isCabError } from '../../core/model/errors.ts';
import type { Problem } from '../../core/ports/entry-checker.ts';
import { rootError } from '../../support/files/io-error.ts';
import { openToLook } from './database/open-read-only.ts';

export interface CheckedSideFile {
  readonly file: string;
  /** As reports name it. */
  readonly place: string;
  /** For people: `the table of watched files`. */
  readonly what: string;
}

/** The problems of an SQLite file beside the queue; empty if there is no file. @throws CabError sqlite_unavailable */
export async function checkSideFile({ file, place, what }: CheckedSideFile): Promise<Problem[]> {
  const problem = (kind: 'job_store' | 'unreadable', message: string): Problem[] => [
    { class: kind, place, message, expected: null, actual: null },
  ];
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    if (!stats.isFile()) return problem('job_store', `${what} is not a regular file`);
    const db = await openToLook(file);
    try {
      const said = String(await db.read(() => db.value('PRAGMA quick_check(1)')));
      return said === 'ok' ? [] : problem('job_store', `${what} is damaged: ${said}`);
    } finally {
      await db.close();
    }
  } catch (error) {
    const failure = rootError(error, what);
    if (!isCabError(failure) || failure.code === 'sqlite_unavailable') throw error;
    const kind = failure.code === 'queue_unreadable' ? 'job_store' : 'unreadable';
    return problem(kind, failure.message);
  }
}
