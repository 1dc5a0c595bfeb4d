import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import { Database } from './database/database.ts';
import { queueAddress } from './database/queue-address.ts';
import { migrate } from './database/schema.ts';

export interface QueueProbe {
  /** Without a password. */
  readonly name: string;
  /** False: the first submission makes the tables. */
  readonly isMade: boolean;
}

const rights = z.object({ may: z.boolean() });
const mayUseSql = `SELECT has_table_privilege($1 || '.jobs', 'SELECT, INSERT, UPDATE, DELETE')
  AND has_schema_privilege($1, 'USAGE') AS may`;
const mayMakeSql = `SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)
    THEN has_schema_privilege($1, 'CREATE')
    ELSE has_database_privilege(current_database(), 'CREATE') END AS may`;

/** Whether a job store can be used. Changes nothing. @throws CabError usage, queue_unreachable, queue_refused, queue_too_new */
export async function probeQueue(url: string): Promise<QueueProbe> {
  const db = new Database(queueAddress(url));
  try {
    const isMade = await migrate(db, false);
    const [row] = await db.run(isMade ? mayUseSql : mayMakeSql, [db.schema]);
    if (rights.parse(row).may) return { name: db.name, isMade };
    const what = isMade ? 'read and write its tables' : `make tables in the schema ${db.schema}`;
    throw new CabError('queue_refused', `the job store ${db.name}: this user may not ${what}`, {
      details: { queue: db.name },
    });
  } finally {
    await db.close();
  }
}
