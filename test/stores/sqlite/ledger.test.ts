import { join } from 'node:path';
import { SqliteLedger } from '../../../src/stores/sqlite/ledger.ts';
import { describeLedger } from '../../contract/ledger.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeLedger('an SQLite file', async () => {
  const file = join(await tempDir(), 'ledger.db');
  return { open: () => SqliteLedger.open(file) };
});
