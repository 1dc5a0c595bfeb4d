/** Aliases, which lead from a predicted key to the actual one, and digests of files that were hashed before. */
import * as z from 'zod/mini';
import { sameKey, type EntryKey } from '../../../core/model/entry/key.ts';
import { NoLongerThere } from '../../../core/ports/jobs/job-queue.ts';
import type { RememberedDigest } from '../../../core/model/request/digest-memory.ts';
import type { Queue } from '../queue.ts';
import { keyColumns, parsed } from '../../rows/rows.ts';
import { isHeld } from './condemnations.ts';

export const alias = (queue: Queue, key: EntryKey): Promise<EntryKey | undefined> =>
  queue.db.read(() => aliasOf(queue, key));

/**
 * Writes nothing if the alias is known already: then what it leads to was relied on together with the job.
 * @throws NoLongerThere
 */
export async function remember(queue: Queue, predicted: EntryKey, actual: EntryKey): Promise<void> {
  const known = (await alias(queue, predicted)) ?? predicted;
  if (sameKey(known, actual)) return;
  const { config_hash, source_hash } = predicted;
  await queue.db.write(() => {
    if (isHeld(queue, { entry: actual })) throw new NoLongerThere();
    if (sameKey(predicted, actual))
      queue.db.run(
        'DELETE FROM aliases WHERE config_hash = @config_hash AND source_hash = @source_hash',
        { config_hash, source_hash },
      );
    else
      queue.db.run(
        `INSERT OR REPLACE INTO aliases (config_hash, source_hash, to_config_hash, to_source_hash)
         VALUES (@config_hash, @source_hash, @to_config_hash, @to_source_hash)`,
        {
          config_hash,
          source_hash,
          to_config_hash: actual.config_hash,
          to_source_hash: actual.source_hash,
        },
      );
  });
}

const keyRow = z.object(keyColumns);

export function aliasOf(
  queue: Queue,
  { config_hash, source_hash }: EntryKey,
): EntryKey | undefined {
  const row = queue.db.get(
    `SELECT to_config_hash AS config_hash, to_source_hash AS source_hash FROM aliases
     WHERE config_hash = ? AND source_hash = ?`,
    [config_hash, source_hash],
  );
  return row === undefined ? undefined : parsed(queue, keyRow, row);
}

type StampedFile = Pick<RememberedDigest, 'path' | 'fingerprint'>;

/** In one look, whatever their number. */
export const digests = (
  queue: Queue,
  files: readonly StampedFile[],
): Promise<readonly (string | undefined)[]> =>
  queue.db.read(() =>
    files.map(({ path, fingerprint }) => {
      const found = queue.db.value(digestSql, [path, fingerprint]);
      return typeof found === 'string' ? found : undefined;
    }),
  );

const digestSql = 'SELECT digest FROM digests WHERE path = ? AND fingerprint = ?';

export const rememberDigests = (
  queue: Queue,
  remembered: readonly RememberedDigest[],
): Promise<void> =>
  queue.db.writeSoftly(() => {
    for (const { path, fingerprint, digest } of remembered)
      queue.db.run(rememberSql, [path, fingerprint, digest]);
  });

const rememberSql = 'INSERT OR REPLACE INTO digests (path, fingerprint, digest) VALUES (?, ?, ?)';
