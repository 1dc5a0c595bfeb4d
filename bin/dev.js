#!/usr/bin/env node
// Builds from the sources, then starts.
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');

execFileSync(process.execPath, [join(__dirname, '..', 'scripts', 'build.js')], {
  cwd: join(__dirname, '..'),
  stdio: ['ignore', 'inherit', 'inherit'],
});
require('./run.js');
