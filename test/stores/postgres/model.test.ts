import { describe } from 'vitest';
import { describeModel } from '../../contract/job-store/model.ts';
import { hasPostgres, postgresQueue } from '../../helpers/postgres.ts';

describe.skipIf(!hasPostgres)('where a server answers', () => {
  describeModel('PostgreSQL', postgresQueue);
});
