#!/usr/bin/env node
// CommonJS: Node starts the ES module loader only where it is needed, which is a tenth of a start.
const { join } = require('node:path');
const { version } = require('../package.json');

require('../dist/cli.cjs').main(process.argv.slice(2), { root: join(__dirname, '..'), version });
