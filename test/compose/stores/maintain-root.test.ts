import { describeChecker } from '../../contract/entry-checker.ts';
import { describeEntryInventory } from '../../contract/entry-inventory.ts';
import { describeEntryRepair } from '../../contract/entry-repair.ts';
import { describeKeptInputs } from '../../contract/kept-inputs.ts';
import { describeLeftovers } from '../../contract/leftovers.ts';
import { describeMaintenance } from '../../contract/maintenance.ts';
import { describePointerInventory } from '../../contract/pointer-inventory.ts';
import { describeTrash } from '../../contract/trash.ts';
import { localMaintained } from '../../helpers/local-maintained.ts';

for (const describeMaintained of [
  describeMaintenance,
  ...[describeTrash, describeEntryInventory, describePointerInventory],
  ...[describeKeptInputs, describeLeftovers, describeEntryRepair, describeChecker],
])
  describeMaintained('a directory', localMaintained);
