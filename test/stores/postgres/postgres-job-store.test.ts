import { describe } from 'vitest';
import { describeJobStore } from '../../contract/job-store.ts';
import { hasPostgres, postgresQueue, servers } from '../../helpers/postgres.ts';

describe.skipIf(!hasPostgres)('where a server answers', () => {
  for (const { version, url } of servers)
    describeJobStore(`PostgreSQL ${version}`, () => postgresQueue(url));
});
