/** Hashes an input while no descriptor is left to open it with, and says what came of it. Run it with few descriptors. */
import { closeSync } from 'node:fs';
import { isCabError } from '../../../src/core/model/errors.ts';
import { hashInput } from '../../../src/core/hashing/hash-input.ts';
import { allDescriptors } from '../../helpers/descriptors.ts';

const [path = ''] = process.argv.slice(2);
const taken = allDescriptors();
const said = await hashInput(path, 'json').then(
  ({ source_hash }) => source_hash,
  (error: unknown) => (isCabError(error) ? `${error.code}: ${error.message}` : String(error)),
);
for (const descriptor of taken) closeSync(descriptor);
console.log(said);
