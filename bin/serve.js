#!/usr/bin/env node
// The reference broker's command line: `content-addressed-broker --cas-root R --runner M:F …` is `cab serve` with those flags.
process.argv.splice(2, 0, 'serve');
require('./run.js');
