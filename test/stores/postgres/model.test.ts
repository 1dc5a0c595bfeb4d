import { describe } from 'vitest';
import { describeModel } from '../../contract/job-store/model.ts';
import { hasPostgres, postgresQueue, servers } from '../../helpers/postgres.ts';

describe.skipIf(!hasPostgres)('where a server answers', () => {
  for (const { version, url } of servers)
    // Each step is many round trips.
    describeModel(`PostgreSQL ${version}`, () => postgresQueue(url), 12);
});
