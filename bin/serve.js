#!/usr/bin/env node
// The reference broker's command line: `content-addressed-broker --cas-root R --runner M:F …`.
process.argv.splice(2, 0, 'content-addressed-broker');
require('./run.js');
