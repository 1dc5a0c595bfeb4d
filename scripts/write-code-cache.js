// Writes dist/cli.cache: V8's code for what a hot command executes, as bin/run.js takes it up. Run by the build in a
// process of its own, whose output nobody reads: the commands are really run, for only then are they compiled. None may
// talk to a daemon here: the client sets a flag of V8, and V8 takes up no cache that was made under other flags.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Script } from 'node:vm';

const filename = resolve('dist/cli.cjs');
// The cache keeps this name, and stack traces show it: wherever the package is installed, not where it was built.
const script = new Script(module.wrap(await readFile(filename, 'utf8')), {
  filename: 'dist/cli.cjs',
});
const bundle = { exports: {} };
const load = script.runInThisContext();
load(bundle.exports, createRequire(filename), bundle, filename, dirname(filename));

const tree = await mkdtemp(join(tmpdir(), 'cab-build-'));
const submit = ['submit', 'examples/ballad.features.json', '--db', 'examples/spine.db', '--wait'];
for (const argv of [
  submit,
  submit,
  ['status'],
  ['get', 'ballad.features', '-o', join(tree, 'out')],
])
  await bundle.exports.main([...argv, '--cas-root', join(tree, 'root')], {
    root: '.',
    version: '0',
  });
await rm(tree, { recursive: true });

if (process.exitCode !== 0) throw new Error(`a hot command failed with ${process.exitCode}`);
await writeFile('dist/cli.cache', script.createCachedData());
