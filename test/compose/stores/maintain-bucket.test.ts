import { describeChecker } from '../../contract/entry-checker.ts';
import { describeEntryInventory } from '../../contract/entry-inventory.ts';
import { describeEntryRepair } from '../../contract/entry-repair.ts';
import { describeKeptInputs } from '../../contract/kept-inputs.ts';
import { describeLeftovers } from '../../contract/leftovers.ts';
import { describeMaintenance } from '../../contract/maintenance.ts';
import { describePointerInventory } from '../../contract/pointer-inventory.ts';
import { describeTrash } from '../../contract/trash.ts';
import { afterEach, describe } from 'vitest';
import { hasS3 } from '../../helpers/s3.ts';
import { freshQueue, hasPostgres } from '../../helpers/postgres.ts';
import { s3Maintained, s3MaintainedShared } from '../../helpers/s3-maintained.ts';

for (const describeMaintained of [
  describeMaintenance,
  ...[describeTrash, describeEntryInventory, describePointerInventory],
  ...[describeKeptInputs, describeLeftovers, describeEntryRepair, describeChecker],
])
  describe.skipIf(!hasS3)('S3', () => describeMaintained('a bucket', s3Maintained));

describe.skipIf(!hasS3 || !hasPostgres)('S3 and PostgreSQL', () => {
  const queue = freshQueue();
  afterEach(() => queue.remove());
  for (const describeMaintained of [describeMaintenance, describeKeptInputs, describeLeftovers])
    describeMaintained('a bucket and a shared queue', () => s3MaintainedShared(queue.url));
});
