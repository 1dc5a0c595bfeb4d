#!/usr/bin/env node
// CommonJS: Node starts the ES module loader only where it is needed, which is a tenth of a start. And compiled from
// V8's code cache, another fifth, where the build made one with this version of Node; any other V8 sets it aside.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');
const { version } = require('../package.json');

const root = join(__dirname, '..');
const filename = join(root, 'dist', 'cli.cjs');
// ASCII, and wrapped as a module is.
const script = new Script(readFileSync(filename, 'latin1'), {
  filename,
  cachedData: codeCache(),
});
const bundle = { id: filename, exports: {}, loaded: true };
// The rest of dist/ requires this file, and must find it and not load it a second time.
require.cache[filename] = bundle;
script.runInThisContext()(
  bundle.exports,
  Module.createRequire(filename),
  bundle,
  filename,
  dirname(filename),
);
bundle.exports.main(process.argv.slice(2), { root, version });

function codeCache() {
  try {
    return readFileSync(join(root, 'dist', 'cli.cache'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
