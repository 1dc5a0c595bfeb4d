/** Closes a broker of a long grace while its worker fails, and has nothing left to do then. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { layoutOf } from '../../src/core/cas/layout.ts';
import { scriptedBroker } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';

const [root = ''] = process.argv.slice(2);
// Where the worker, which sweeps first, expects a file.
await mkdir(join(layoutOf(root).staging, 'job-1.pid'), { recursive: true });
const failures: string[] = [];
const silent = (): void => undefined;
const logger = {
  ...{ debug: silent, info: silent, warn: silent },
  error: (_about: object, message = ''): void => void failures.push(message),
};
const broker = scriptedBroker(root, new ScriptedRunner(), {
  ...{ work: 'all', graceMs: 1 << 30, logger },
});
await broker.start();
await broker.close();
console.log(failures.join());
