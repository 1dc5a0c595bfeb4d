// Writes dist/cli.cache and dist/work.cache: V8's code for what a hot command executes, as bin/run.js takes it up. Run by the build in a
// process of its own, whose output nobody reads: the commands are really run, for only then are they compiled. None may
// talk to a daemon here: the client sets a flag of V8, and V8 takes up no cache that was made under other flags.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Script } from 'node:vm';

const filename = resolve('dist/cli.cjs');
// The cache keeps this name, and stack traces show it: wherever the package is installed, not where it was built.
const script = new Script(await readFile(filename, 'latin1'), { filename: 'dist/cli.cjs' });
const bundle = { id: filename, exports: {}, loaded: true };
const require = createRequire(filename);
// As in bin/run.js.
require.cache[filename] = bundle;
bundle.exports.workName = 'dist/work.cjs';
const load = script.runInThisContext();
load(bundle.exports, require, bundle, filename, dirname(filename));

// Each command listens for what ends the process.
process.setMaxListeners(0);

const tree = await mkdtemp(join(tmpdir(), 'cab-build-'));
const submit = (song) => ['submit', '--quiet', song, '--db', 'examples/spine.db', '--wait'];
const other = join(tree, 'other.features.json');
await writeFile(other, '{"tempo": 120.5, "energy": 0.5, "valence": 0.5, "loudness": -7}');
for (const [command, ...words] of [
  // A miss that reads the database, a hit, and a miss that reads the columns which the first one kept.
  submit('examples/ballad.features.json'),
  submit('examples/ballad.features.json'),
  submit(other),
  ['status'],
  ['get', 'ballad.features', '-o', join(tree, 'out')],
  // A miss and a hit.
  ...[1, 2].map(() => ['run', '--quiet', '--input', 'package.json', '--', 'cat', 'package.json']),
])
  await bundle.exports.main([command, '--cas-root', join(tree, 'root'), ...words], {
    root: '.',
    version: '0',
  });
await rm(tree, { recursive: true });

if (process.exitCode !== 0) throw new Error(`a hot command failed with ${process.exitCode}`);
await writeFile('dist/cli.cache', script.createCachedData());
await writeFile('dist/work.cache', bundle.exports.work.createCachedData());
