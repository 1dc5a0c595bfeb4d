import { CabError } from '../../../core/model/errors.ts';
import { sqliteMend } from '../../../support/sqlite/sqlite.ts';

/** Earlier versions can lose a reset of a write-ahead log that several processes share. */
const oldestSafe = [3, 51, 3] as const;

/** Refuses a version of SQLite that is known to damage files. @throws CabError internal */
export function refuseUnsafe(version: string): void {
  const parts = version.split('.').map(Number);
  const at = oldestSafe.findIndex((part, index) => part !== parts[index]);
  const safe = oldestSafe[at];
  if (safe === undefined || (parts[at] ?? 0) > safe) return;
  throw new CabError('internal', `SQLite ${version} is older than ${oldestSafe.join('.')}`, {
    hint: sqliteMend(),
  });
}
