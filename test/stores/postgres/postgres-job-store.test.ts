import { describe } from 'vitest';
import { describeJobStore } from '../../contract/job-store.ts';
import { hasPostgres, postgresQueue } from '../../helpers/postgres.ts';

describe.skipIf(!hasPostgres)('where a server answers', () => {
  describeJobStore('PostgreSQL', postgresQueue);
});
