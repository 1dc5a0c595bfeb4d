/** Notes a read while no descriptor is left to write it with, and says that it lives. Run it with few descriptors. */
import { closeSync } from 'node:fs';
import { makeDirectory } from '../../../src/support/files/durable.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { ReadLog } from '../../../src/stores/sqlite/read-log.ts';
import { allDescriptors } from '../../helpers/descriptors.ts';

const [root = ''] = process.argv.slice(2);
await makeDirectory(layoutOf(root).private);
const reads = new ReadLog(layoutOf(root));
reads.record({ config_hash: 'c', source_hash: 's' });
const taken = allDescriptors();
await reads.close();
for (const descriptor of taken) closeSync(descriptor);
console.log('lives');
